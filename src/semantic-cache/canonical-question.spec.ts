import { canonicalQuestion } from './canonical-question';

const folds = (...texts: string[]) => new Set(texts.map(canonicalQuestion)).size === 1;

describe('canonicalQuestion', () => {
  it.each([
    ['case', 'What is the refund policy?', 'what is the refund policy', 'What Is The Refund Policy?'],
    ['shouting', 'WHAT IS YOUR REFUND POLICY?', 'what is your refund policy'],
    ['white space', '  What  is\tthe\n refund policy ?', 'What is the refund policy?'],
    ['full width and ligatures', 'Ｗｈａｔ is a ﬁne？', 'what is a fine?'],
    ['composed and decomposed accents', 'Où est le cafe\u0301 ?', 'Où est le café?'],
    [
      'end punctuation',
      'I lost my card. What now?!',
      'I lost my card! What now',
      'i lost my card. What now…',
    ],
    ['commas between words', 'Do you take visa, mastercard or cash?', 'Do you take visa mastercard or cash?'],
    [
      'quotation marks around a name',
      'Who wrote "Dune"?',
      'Who wrote “Dune”?',
      "Who wrote 'Dune'?",
      'Who wrote ""Dune""?',
    ],
    [
      'apostrophes and contractions',
      'What’s new? I can’t see',
      "What is new? I can't see",
      'what is new? I cannot see',
    ],
    ['negated contractions', "Why doesn't it work?", 'Why does not it work?'],
    ['greetings', 'Hi, how do I pay?', 'Hello there! How do I pay?', 'hey how do I pay', 'How do I pay?'],
    ['please', 'Please explain the fee', 'explain the fee please', 'Explain the fee, please!'],
    ['thanks', 'When is it open? Thanks in advance!', 'When is it open', 'when is it open thanks'],
    ['tell me', 'Could you please tell me what a chunk is?', 'Tell me what a chunk is', 'what a chunk is'],
    [
      'wish to know',
      'I would like to know why it failed',
      "I'd like to know why it failed",
      'why it failed?',
    ],
    ['wondering', "I'm wondering if it is safe", 'I was wondering if it is safe', 'if it is safe'],
    ['several at once', 'Hi! Please could you tell me how it works, thanks.', 'how it works'],
  ])('folds %s', (_, ...texts) => {
    expect(texts.map(canonicalQuestion)).toEqual(texts.map(() => canonicalQuestion(texts[0])));
  });

  it.each([
    ['decimal points', 'Is 1.5 enough?', 'Is 15 enough?'],
    ['thousands', 'Is 1,500 enough?', 'Is 1.500 enough?'],
    ['signs', 'What is -5 squared?', 'What is 5 squared?'],
    ['percent', 'Is 5% enough?', 'Is 5 enough?'],
    ['currency', 'Is $5 enough?', 'Is €5 enough?'],
    ['versions', 'What is new in 1.2.3?', 'What is new in 1.23?'],
    ['powers', 'What is 10⁵?', 'What is 105?'],
    ['logarithm bases', 'What is log₂8?', 'What is log28?'],
    ['fractions', 'Is 1½ right?', 'Is 11/2 right?'],
    ['lists of numbers', 'Is it 1, 2?', 'Is it 1 2?'],
    ['factorials', 'What is 5!?', 'What is 5?'],
    ['languages', 'What is C++?', 'What is C#?', 'What is C?', 'What is c?'],
    ['frameworks', 'What is .NET?', 'What is net?'],
    ['acronyms', 'What is the US policy?', 'What is the us policy?'],
    ['the health organisation', 'What does the WHO do?', 'What does the who do?'],
    ['names that are words', 'How do I speak Polish?', 'How do I speak polish?'],
    ['dotted acronyms', 'Who leads the U.S. army?', 'Who leads the us army?'],
    ['formal address', 'Wo wohnen Sie heute?', 'Wo wohnen sie heute?'],
    ['negation', 'Why does it not work?', 'Why does it work?'],
    ['contracted negation', "Why doesn't it work?", 'Why does it work?'],
    ['number sign', 'What is № 5?', 'What is no 5?'],
    ['comparison', 'Is a > b?', 'Is a < b?', 'Is a >= b?'],
    ['operators', 'What is ?? in JavaScript', 'What is in JavaScript'],
    ['an operator at the end', 'What is ??', 'What is'],
    ['e-mail', 'Who is a.b@x.org?', 'Who is ab@x.org?'],
    ['URLs', 'What is https://x.org/A?b=1', 'What is https://x.org/a?b=1'],
    ['identifiers', 'What does getUserID do?', 'What does getUserId do?'],
    ['options', 'What does grep -v do?', 'What does grep -V do?', 'What does grep v do?'],
    ['units', 'Is 10 Mb enough?', 'Is 10 MB enough?'],
    ['inline code', 'What does `a  b` do?', 'What does `a b` do?'],
    ['indented code', 'Why?\nif x:\n  a()\nb()', 'Why?\nif x:\n  a()\n  b()'],
    ['quoted strings', 'What is "a, b"?', 'What is "a b"?'],
    ['diacritics', 'Was heißt schon?', 'Was heißt schön?'],
    ['Spanish', '¿Cuántos años tiene?', '¿Cuántos anos tiene?'],
    ['words asked about', 'How do I say please?', 'How do I say thanks?', 'How do I say'],
    ['a verb that is no courtesy', 'How do I please my boss', 'How do I my boss'],
    ['knowing how', 'Do you know how to swim?', 'How to swim?'],
    ['greetings alone', 'Hi!', 'Thanks!', 'Please?', '?', '!'],
    ['hello world', 'Hello, world program in C', 'program in C', 'world program in C'],
  ])('keeps %s apart', (_, ...texts) => {
    expect(new Set(texts.map(canonicalQuestion)).size).toBe(texts.length);
  });

  it('is empty only for text without characters', () => {
    expect(canonicalQuestion(' \n ')).toBe('');
    expect(canonicalQuestion('...')).not.toBe('');
    expect(canonicalQuestion('please')).not.toBe('');
  });

  it('leaves other scripts alone but for their end punctuation', () => {
    expect(folds('退款政策是什么？', '退款政策是什么')).toBe(true);
    expect(folds('ما هي سياسة الاسترداد؟', 'ما هي سياسة الاسترداد')).toBe(true);
    expect(folds('धनवापसी नीति क्या है।', 'धनवापसी नीति क्या है')).toBe(true);
    expect(canonicalQuestion('می‌خواهم')).toContain('\u200C');
  });
});
