/** Which methods each route pattern of the application answers; tells a wrong method from a wrong path. */
export class HttpRouteTable {
  private readonly methodsByPattern = new Map<string, Set<string>>();

  /** @param pattern as the router has it: `/admin/documents/:id` */
  add(methods: string | readonly string[], pattern: string): void {
    const known = this.methodsByPattern.get(pattern) ?? new Set();
    for (const method of [methods].flat()) known.add(method);
    this.methodsByPattern.set(pattern, known);
  }

  /** The methods of every pattern that a path (without query string) matches, sorted; empty if none does. */
  methodsAt(path: string): string[] {
    const segments = path.split('/');
    const methods = [...this.methodsByPattern]
      .filter(([pattern]) => matches(pattern.split('/'), segments))
      .flatMap(([, known]) => [...known]);
    return [...new Set(methods)].sort();
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  );
}
