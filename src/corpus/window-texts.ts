/** The texts of a stored chunk's windows: what the embedding model reads of it. */
export function windowTexts(content: string, windows: readonly number[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < windows.length; i += 2) texts.push(content.slice(windows[i], windows[i + 1]));
  return texts;
}
