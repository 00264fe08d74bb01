import { precedingText } from './preceding-text';

describe('precedingText', () => {
  const text = 'Alpha beta gamma.\n\nDelta epsilon.';
  const chunk = { start: text.indexOf('Delta'), end: text.length };

  it('is the text before the chunk', () => {
    expect(precedingText(text, chunk)).toBe('Alpha beta gamma.');
  });

  it('begins with a whole word', () => {
    expect(precedingText(text, chunk, 13)).toBe('beta gamma.');
    expect(precedingText(text, chunk, 12)).toBe('gamma.');
    expect(precedingText('😀'.repeat(9) + ' x', { start: 19, end: 20 }, 8)).toBe('');
  });

  it('is empty before the first chunk', () => {
    expect(precedingText(text, { start: 0, end: 17 })).toBe('');
  });
});
