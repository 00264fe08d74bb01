import { separateWords } from './unspaced-scripts';

describe('separateWords', () => {
  it('sets words apart where the script does not', () => {
    expect(separateWords('北京大学生活动中心').trim().split(/\s+/).length).toBeGreaterThan(2);
    expect(separateWords('ภาษาไทยสวยงาม').trim().split(/\s+/)).toContain('ไทย');
  });

  it('gives a question the same words as the document', () => {
    const words = (text: string) => new Set(separateWords(text).trim().split(/\s+/));
    const document = words('返金は三十日以内に行われます。');
    expect([...words('返金')].every((word) => document.has(word))).toBe(true);
  });

  it('leaves other scripts as they are', () => {
    const text = 'Größe: 30 cm — naïve café, Здравствуйте';
    expect(separateWords(text)).toBe(text);
  });
});
