/**
 * A text without the characters at its end that are among `characters`, in time linear in how many there are; the
 * pattern `/[…]+$/` takes the square of the longest run anywhere in the text.
 * @param characters single UTF-16 code units
 */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end--;
  return text.slice(0, end);
}

/** As {@link trimEndOf}, and without white space among them. */
export function trimEndAndSpace(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && (characters.includes(text[end - 1]) || text[end - 1].trim() === '')) end--;
  return text.slice(0, end);
}
