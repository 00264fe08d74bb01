import { statementsOf } from './statements';

const texts = (content: string) => statementsOf(content).map(({ text }) => text);

describe('statementsOf', () => {
  it('splits prose into sentences', () => {
    expect(texts('The lock opens at 8. It closes at 6 p.m. on Sundays! Who asks?')).toEqual([
      'The lock opens at 8.',
      'It closes at 6 p.m. on Sundays!',
      'Who asks?',
    ]);
  });

  it('gives what stands under a heading its words', () => {
    expect(statementsOf('# Tolls\n\nBoats pay 5 euros.\n\n## Winter\nNobody pays.')).toEqual([
      { text: 'Boats pay 5 euros.', context: 'Tolls ' },
      { text: 'Nobody pays.', context: 'Winter ' },
    ]);
  });

  it('gives every sentence of a paragraph its bold lead-in', () => {
    expect(statementsOf('**Pets.** Dogs wait. Cats may board.').map(({ context }) => context)).toEqual([
      ' Pets.',
      ' Pets.',
    ]);
  });

  it('takes every row of a table under its header, until the table ends', () => {
    const table = '| | Adult | Child |\n|---|---|---|\n| Toll | 5 | 2 |\n| Tax | 1 | 0 |\n\n| loose | row |';
    expect(statementsOf(table)).toEqual([
      { text: '| Toll | 5 | 2 |', context: ' | | Adult | Child |' },
      { text: '| Tax | 1 | 0 |', context: ' | | Adult | Child |' },
      { text: '| loose | row |', context: ' ' },
    ]);
  });

  it('takes every item of a list by itself, and sentences of other scripts', () => {
    expect(texts('- Toll: 5\n- Tax: 1')).toEqual(['- Toll: 5', '- Tax: 1']);
    expect(texts('开放。关闭。')).toEqual(['开放。', '关闭。']);
  });

  it.each(['', '\n\n', '# Only a heading'])('finds nothing in %j', (content) => {
    expect(statementsOf(content)).toEqual([]);
  });
});
