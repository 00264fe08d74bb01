import { toStagedChunks, windowTexts } from './staged-chunks';

it('keeps the windows of a chunk wherever the chunk stands', () => {
  const text = 'before. One. Two. after';
  const [staged] = toStagedChunks([
    {
      ordinal: 0,
      start: 8,
      end: 17,
      content: text.slice(8, 17),
      tokenCount: 4,
      headingPath: ['H'],
      windows: [
        { start: 8, end: 12 },
        { start: 13, end: 17 },
      ],
    },
  ]);
  expect(staged).toMatchObject({ content: 'One. Two.', windows: [0, 4, 5, 9], headingPath: ['H'] });
  expect(staged.contentHash).toMatch(/^[0-9a-f]{64}$/);
  expect(windowTexts(staged.content, staged.windows)).toEqual(['One.', 'Two.']);
});
