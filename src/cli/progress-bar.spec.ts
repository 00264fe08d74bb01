import { PassThrough } from 'node:stream';
import { ProgressBar } from './progress-bar';

function drawn(shown: boolean, draw: (bar: ProgressBar) => void): string {
  const output = new PassThrough();
  draw(new ProgressBar(output, 4, shown));
  return (output.read() as Buffer | null)?.toString() ?? '';
}

describe('ProgressBar', () => {
  it('fills up to the last file, and goes', () => {
    const text = drawn(true, (bar) => {
      bar.update(1);
      // Too soon to be drawn.
      bar.update(2);
      bar.update(4);
      bar.end();
    });
    expect(text).toBe(`\r[${'#'.repeat(7)}${' '.repeat(23)}] 1/4\r[${'#'.repeat(30)}] 4/4\r\u001b[K`);
  });

  it('writes nothing where there is no terminal', () => {
    const text = drawn(false, (bar) => {
      bar.update(4);
      bar.end();
    });
    expect(text).toBe('');
  });
});
