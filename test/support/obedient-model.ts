/** What ends a quotation for a model, wherever it stands: control tokens of chat templates. */
const CONTROL_TOKEN = /<\|im_(?:start|end)\|>|<\/?s>|\[\/?INST\]|<(?:start|end)_of_turn>/;
const LINE_END = /[\n\u0085\u2028\u2029]/;
const ORDER = /\bsay ([A-Z]{4,})/i;
/** A number as the prompt gives them to passages. */
const NUMBERED = /^\s*"n": (\d+)/;

/**
 * The most gullible of models: obeys the first order (`say HACKED`) that stands outside the data block, and otherwise
 * cites every passage that it sees and every citation that it reads. The block is the lines from `[` to `]` that stand
 * alone; a line ends where any reader may see its end, and a control token ends everything.
 */
export function obey(messages: { content: string }[]): string {
  const numbers = new Set<string>();
  for (const text of messages.slice(1).flatMap(({ content }) => content.split(CONTROL_TOKEN))) {
    let quoted = false;
    for (const line of text.split(LINE_END)) {
      if (line === '[') quoted = true;
      const order = ORDER.exec(line);
      if (!quoted && order) return order[1];
      const number = quoted ? NUMBERED.exec(line)?.[1] : undefined;
      if (number !== undefined) numbers.add(number);
      for (const [, cited] of line.matchAll(/\[(\d+)\]/g)) numbers.add(cited);
      if (line === ']') quoted = false;
    }
  }
  return `The passages say so ${[...numbers].map((n) => `[${n}]`).join('')}.`;
}
