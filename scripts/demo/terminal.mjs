/** Terminal output of the demo; goes to stderr when stdout is JSON. */

const BAR_CHARACTERS = 30;

/** @param stream where to write; progress bars are redrawn in place only on a terminal */
export function terminal(stream) {
  const write = (text) => stream.write(text);
  return {
    line: (text = '') => write(`${text}\n`),
    /** @returns `(done, total)` to call with every change, and again at the end */
    progressBar(label) {
      let last = -1;
      return (done, total) => {
        const share = total > 0 ? done / total : 0;
        const filled = Math.round(share * BAR_CHARACTERS);
        if (filled === last && done !== total) return;
        last = filled;
        const bar = '█'.repeat(filled).padEnd(BAR_CHARACTERS, '░');
        const text = `${label} ${bar} ${done}/${total}`;
        if (stream.isTTY) write(`\r${text}${done === total ? '\n' : ''}`);
        else if (done === total) write(`${text}\n`);
      };
    },
    /** Rows of `[name, value]`, names padded to one width. */
    table(rows) {
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) write(`  ${name.padEnd(width)}  ${value}\n`);
    },
  };
}

/** A text on one line, truncated. */
export function shorten(text, length) {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
