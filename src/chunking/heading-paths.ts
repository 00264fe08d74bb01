import { scanBlocks } from './block-scanner';

/**
 * Which headings a place stands under, for chunkers that do not look at structure themselves.
 * @returns a function from offsets, asked in ascending order, to titles, outermost first; a heading stands under itself
 */
export function headingPathsOf(text: string): (offset: number) => readonly string[] {
  const blocks = scanBlocks(text);
  let next = blocks.next();
  let path: readonly string[] = [];
  return (offset) => {
    for (; !next.done && next.value.start <= offset; next = blocks.next()) path = next.value.headingPath;
    return path;
  };
}
