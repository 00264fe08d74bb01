import { windowTexts } from '../corpus/window-texts';
import { toStagedChunks } from './document-chunker';

it('keeps the windows of a chunk wherever the chunk stands', () => {
  const text = 'before. One. Two. after';
  const chunk = {
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
  };
  const [staged] = toStagedChunks([chunk], { text, title: null });
  expect(staged).toMatchObject({ content: 'One. Two.', windows: [0, 4, 5, 9], headingPath: ['H'] });
  expect(staged.contentHash).toMatch(/^[0-9a-f]{64}$/);
  expect(windowTexts(staged.content, staged.windows)).toEqual(['One.', 'Two.']);
});

describe('the lead', () => {
  const text = 'The museum of trains opens at nine. It is closed on Mondays.\n\nTickets cost ten euros.';
  const chunkAt = (start: number, end: number, headingPath: string[] = []) => ({
    ordinal: 0,
    start,
    end,
    content: text.slice(start, end),
    tokenCount: 1,
    headingPath,
    windows: [{ start, end }],
  });
  const leadOf = (chunk: ReturnType<typeof chunkAt>, title: string | null) =>
    toStagedChunks([chunk], { text, title })[0].lead;

  it('is the title, or the first sentence', () => {
    expect(leadOf(chunkAt(62, text.length), 'Museum')).toBe('Museum');
    expect(leadOf(chunkAt(62, text.length), null)).toBe('The museum of trains opens at nine.');
  });

  it('is left out where the chunk has it already', () => {
    expect(leadOf(chunkAt(0, 60), null)).toBeNull();
    expect(leadOf(chunkAt(62, text.length, ['Museum']), 'Museum')).toBeNull();
  });
});
