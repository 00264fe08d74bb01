import { markdownTitle } from './markdown-title';

describe('markdownTitle', () => {
  it.each([
    ['# Refunds', 'Refunds'],
    ['intro\n\n## The *second* level ##\n', 'The second level'],
    ['Refunds\n=======\n\ntext', 'Refunds'],
    ['# [bull](https://example.org) `v4` ![logo](x.png)', 'bull v4 logo'],
    ['<p align="center">\n\n# <img src="x"> Tool', 'Tool'],
  ])('takes %j for %j', (text, title) => {
    expect(markdownTitle(text)).toBe(title);
  });

  it.each([
    ['plain text without a heading'],
    ['### only deeper ones'],
    ['```\n# a comment in code\n```'],
    ['#no space'],
    ['====='],
    [`${'line\n'.repeat(60)}# far below`],
  ])('finds none in %j', (text) => {
    expect(markdownTitle(text)).toBeNull();
  });

  it('bounds a title without breaking a character', () => {
    const title = markdownTitle(`# ${'🌲'.repeat(400)}x`);
    expect(title?.length).toBeLessThanOrEqual(500);
    expect(title).not.toMatch(/\p{Cs}/u);
  });
});
