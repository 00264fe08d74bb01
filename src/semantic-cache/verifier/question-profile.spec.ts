import { profileQuestion } from './question-profile';

const weightOf = (text: string, form: string) =>
  profileQuestion(text).words.find((word) => word.form === form)?.weight;

describe('profileQuestion', () => {
  it.each([
    ['a price', 'Is it over $1,000?', { value: '1000', unit: '$', kind: 'number' }],
    ['a magnitude', 'Is it over 15k?', { value: '15000', unit: '', kind: 'number' }],
    ['a percentage', 'Is 5.5% enough?', { value: '5.5', unit: '%', kind: 'number' }],
    ['an attached unit', 'Is 10kg enough?', { value: '10', unit: 'kg', kind: 'number' }],
    ['a sign', 'Is -3 enough?', { value: '-3', unit: '', kind: 'number' }],
    ['a ratio', 'Is 115/75 normal?', { value: '115/75', unit: '', kind: 'number' }],
    ['a year', 'What happened in 1989?', { value: '1989', unit: '', kind: 'year' }],
    ['a version', 'What is new in 3.12?', { value: '3.12', unit: '', kind: 'version' }],
    ['a number word', 'What are the three laws?', { value: '3', unit: '', kind: 'number' }],
    ['a Roman numeral', 'Who won World War II?', { value: '2', unit: '', kind: 'number' }],
  ])('reads %s', (_, text, fact) => {
    expect(profileQuestion(text).facts.numbers).toEqual([fact]);
  });

  it.each([
    ['how', 'What is the best way to sleep?'],
    ['how', 'How can I sleep?'],
    ['why', 'What is the reason for this?'],
    ['why', 'How come it broke?'],
    ['when', 'What time is it?'],
    ['how-much', 'What is the price?'],
    ['how-many', 'What is the number of members?'],
    ['how-long', 'How long does it take?'],
    ['who', 'Which writer won?'],
    ['yes-no', 'Can I pay by card?'],
    ['statement', 'I lost my card'],
  ])('knows that it asks %s: %s', (type, text) => {
    expect(profileQuestion(text).type).toBe(type);
  });

  it('tells grammar, general, known and specific words and names apart', () => {
    const text = 'How do I transfer the best quuxes to Oslo, and does IT help us?';
    expect(weightOf(text, 'the')).toBe('function');
    expect(weightOf(text, 'us')).toBe('function');
    expect(weightOf(text, 'it')).toBe('name');
    expect(weightOf(text, 'best')).toBe('light');
    expect(weightOf(text, 'transfer')).toBe('known');
    expect(weightOf(text, 'quuxes')).toBe('specific');
    expect(weightOf(text, 'oslo')).toBe('name');
  });

  it('takes contractions and phrases apart and together', () => {
    const forms = profileQuestion("Why can't I log in?").words.map((word) => word.form);
    expect(forms).toEqual(['why', 'can', 'not', 'i', 'log_in']);
  });

  it('counts two negations for none', () => {
    expect(profileQuestion('Why is it not safe?').isNegated).toBe(true);
    expect(profileQuestion("Why isn't it not safe?").isNegated).toBe(false);
  });

  it('knows English', () => {
    expect(profileQuestion('What is the fee?').isEnglish).toBe(true);
    expect(profileQuestion('Wie hoch ist die Gebühr?').isEnglish).toBe(false);
    expect(profileQuestion('Сколько это стоит?').isEnglish).toBe(false);
  });
});
