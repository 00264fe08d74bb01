import { focusOf, isPlainText, splitParts, withoutSharedParts } from './question-focus';

const PREAMBLE =
  'You are the assistant of a small harbour office. Be brief, be kind to everyone who writes, and name the rule that applies.';
const SIGNATURE = 'Kind regards, the crew of the blue boat at pier nine';

describe('splitParts', () => {
  it.each([
    ['sentences', 'It rains. Is it late? Go!', ['It rains.', ' Is it late?', ' Go!']],
    ['not versions', 'Is v1.2 out?', ['Is v1.2 out?']],
    ['lines', 'a\nb', ['a\n', 'b']],
    ['JSON strings', '{"a":"b"}', ['{', '"', 'a"', ':', '"', 'b"', '}']],
    ['CJK sentences at spaces', '好。 吗？', ['好。', ' 吗？']],
    ['nothing', '', []],
  ])('splits %s', (_, text, parts) => {
    expect(splitParts(text)).toEqual(parts);
  });
});

describe('focusOf', () => {
  it('takes a short text as it is, whatever its sentences', () => {
    const text = ' I lost my key. What now? Thanks. ';
    expect(focusOf(text)).toEqual({ focus: text.trim(), context: '' });
  });

  it('finds the question of a longer text, and keeps the rest', () => {
    const question = 'Where may I moor tonight?';
    expect(focusOf(`${PREAMBLE} ${question}\n\n${SIGNATURE}`)).toEqual({
      focus: question,
      context: `${PREAMBLE} ${SIGNATURE}`,
    });
  });

  it('finds the last of several questions', () => {
    expect(focusOf(`Is it open? ${PREAMBLE} What does a night cost?`).focus).toBe('What does a night cost?');
  });

  it('takes all of a long text that asks nothing', () => {
    expect(focusOf(`${PREAMBLE} ${SIGNATURE}`)).toEqual({ focus: `${PREAMBLE} ${SIGNATURE}`, context: '' });
  });

  it('knows the question marks of other scripts', () => {
    expect(focusOf(`${PREAMBLE} 费用是多少？ ${SIGNATURE}`).focus).toBe('费用是多少？');
  });
});

describe('withoutSharedParts', () => {
  const [moor, fee] = ['Where may I moor tonight?', 'What does one night cost?'];

  it('leaves what differs, whatever the case of what is shared', () => {
    expect(
      withoutSharedParts(`${PREAMBLE} ${moor} ${SIGNATURE}`, `${PREAMBLE.toUpperCase()} ${fee} ${SIGNATURE}`),
    ).toEqual([moor, fee]);
  });

  it.each([
    ['nothing is shared', `Hello all. ${moor}`, `Dear crew. ${fee}`],
    ['one has a single part', moor, `${PREAMBLE} ${moor}`],
    ['too little of one is left', `${PREAMBLE} ${moor}`, `${PREAMBLE} And why?`],
    ['nothing of one is left', `${PREAMBLE} ${moor}`, `${PREAMBLE} ${moor} ${fee}`],
  ])('is null where %s', (_, a, b) => {
    expect(withoutSharedParts(a, b)).toBeNull();
  });

  it('counts no part twice', () => {
    expect(withoutSharedParts(`It rains. ${moor} It rains.`, `It rains. It rains.`)).toBeNull();
  });
});

describe('isPlainText', () => {
  it.each(['Tür 10 µm', 'Is 日本 far?\n\tYes', 'κόστος cost', 'cafe\u0301', '👍 fine', '£5 – “so”'])(
    'accepts %j',
    (text) => expect(isPlainText(text)).toBe(true),
  );

  it.each([
    ['tags', 'fee\u{E0041}?'],
    ['variation selectors', 'fee\uFE01?'],
    ['supplementary variation selectors', 'fee\u{E0101}?'],
    ['zero-width spaces', 'fe\u200Be?'],
    ['word joiners', 'fe\u2060e?'],
    ['byte order marks', 'fee\uFEFF?'],
    ['soft hyphens', 'fe\u00ADe?'],
    ['bidirectional marks', 'fee\u202E?'],
    ['control characters', 'fee\u0007?'],
    ['private use', 'fee\uE000?'],
    ['lone surrogates', 'fee\uD800?'],
    ['a Cyrillic letter in a Latin word', 'the f\u0435e?'],
    ['a Greek letter in a Latin word', 'the t\u03BFll?'],
  ])('refuses %s', (_, text) => expect(isPlainText(text)).toBe(false));
});
