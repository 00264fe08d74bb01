import { planWindows, type WindowOptions } from './window-planner';

const words = (text: string) => text.match(/\S+/g)?.length ?? 0;
const plan = (text: string, options: Partial<WindowOptions> = {}) =>
  [...planWindows(text, { maxTokens: 20, minTokens: 6, countTokens: words, ...options })].map((window) => ({
    ...window,
    text: text.slice(window.start, window.end),
  }));
const cuts = (text: string, options: Partial<WindowOptions> = {}) =>
  plan(text, options).map(({ cut, text: content }) => `${cut}: ${content}`);

describe('planWindows', () => {
  it('joins sentences to windows of the minimum, within their paragraph', () => {
    expect(cuts('One two three. Four five six. Seven eight.\n\nNine ten.')).toEqual([
      'block: One two three. Four five six.',
      'sentence: Seven eight.',
      'block: Nine ten.',
    ]);
  });

  it('puts headings into one window with the text below them', () => {
    expect(cuts('# A\n\n## B\n\nText of B.\n\n***\n\nMore text.')).toEqual([
      'section: # A\n\n## B\n\nText of B.',
      'section: ***\n\nMore text.',
    ]);
  });

  it('takes a short line without a full stop for a title, and a colon for a lead-in', () => {
    expect(cuts('Introduction\n\nText of it.\n\nFor example:\n\n- a\n- b')).toEqual([
      'block: Introduction\n\nText of it.',
      'block: For example:\n\n- a\n- b',
    ]);
  });

  it('keeps code, tables and items whole where they fit, else cuts them at their lines', () => {
    const code = '```\na b c\n\nd e f\n```';
    expect(cuts(code)).toEqual([`block: ${code}`]);
    expect(cuts(code, { maxTokens: 4 })).toEqual(['block: ```\na b c', 'row: d e f\n```']);
    expect(cuts('- a b c d e f\n  g h\n- i j k l m n')).toEqual([
      'block: - a b c d e f\n  g h',
      'item: - i j k l m n',
    ]);
  });

  it('takes the line ends of unwrapped text for paragraph ends', () => {
    const line = 'word '.repeat(40).trim();
    expect(plan(`${line}.\n${line}.`, { maxTokens: 64 }).map(({ cut }) => cut)).toEqual(['block', 'block']);
  });

  it('cuts what has no boundaries at words', () => {
    const windows = plan('word '.repeat(50));
    expect(windows.map(({ cut }) => cut)).toEqual(['block', 'word', 'word']);
    expect(Math.min(...windows.map(({ tokens }) => tokens))).toBeGreaterThanOrEqual(10);
  });

  it('bears a line with more sentences than the stack has room for', () => {
    const windows = plan(`- ${'a. '.repeat(300_000)}`);
    expect(windows.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThanOrEqual(300_000);
  });

  it('changes only the windows of the edited paragraph', () => {
    const paragraphs = Array.from(
      { length: 20 },
      (_, i) => `P ${i} begins here now. It goes on for a while. It ends.`,
    );
    const before = plan(paragraphs.join('\n\n')).map(({ text }) => text);
    paragraphs[7] = 'Something quite different.';
    const after = plan(paragraphs.join('\n\n')).map(({ text }) => text);
    expect(after.filter((text) => !before.includes(text))).toEqual(['Something quite different.']);
  });
});
