/** Whether a UTF-16 code unit is white space in the sense of `String.prototype.trim`. */
export function isWhiteSpace(code: number): boolean {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13);
  if (code < 0xa0) return false;
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** The end of `[start, end)` without trailing white space; `start` if nothing else is there. */
export function trimEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isWhiteSpace(text.charCodeAt(i - 1))) i--;
  return i;
}

/** The start of `[start, end)` without leading white space; `end` if nothing else is there. */
export function trimStart(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isWhiteSpace(text.charCodeAt(i))) i++;
  return i;
}
