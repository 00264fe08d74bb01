import { isComparable, verifyQuestions } from './question-verifier';
import { profileQuestion } from './verifier/question-profile';

/** The most alike that different questions get: number swaps have 0.95 to 0.99 with the local model. */
const ALIKE = { cosineSimilarity: 0.97 };

describe('verifyQuestions', () => {
  it.each([
    ['number', 'Is a dose of 500 mg safe?', 'Is a dose of 5000 mg safe?'],
    ['number', 'Can I return it within 30 days?', 'Can I return it within 300 days?'],
    ['number', 'Who won World War I?', 'Who won World War II?'],
    ['number', 'What is the largest city in Peru?', 'What is the second largest city in Peru?'],
    ['number', 'Is -5 degrees too cold?', 'Is 5 degrees too cold?'],
    ['number', 'How many apples make three pies?', 'How many apples make four pies?'],
    ['number', 'What is the fee?', 'What is the fee for 3 cards?'],
    ['unit', 'Is 5 kg too heavy?', 'Is 5 lb too heavy?'],
    ['unit', 'Can I send $50 abroad?', 'Can I send €50 abroad?'],
    ['date', 'What was the inflation rate in 2020?', 'What was the inflation rate in 2022?'],
    ['date', 'Are you open on Monday?', 'Are you open on Sunday?'],
    ['date', 'What is the weather in March?', 'What is the weather in October?'],
    ['version', 'What is new in Node 20.1?', 'What is new in Node 20.2?'],
    ['version', 'How do I install release 1.2.3?', 'How do I install release 1.3.2?'],
    ['identifier', 'Where is order AB12-C?', 'Where is order AB13-C?'],
    ['identifier', 'Who owns ann@x.org?', 'Who owns bob@x.org?'],
    ['identifier', 'How do I use React Router v5?', 'How do I use React Router v6?'],
    ['negation', 'Is it safe to swim here?', 'Is it not safe to swim here?'],
    ['negation', 'Is it legal to park here?', 'Is it illegal to park here?'],
    ['negation', 'Which items are refundable?', 'Which items are non-refundable?'],
    ['negation', 'How do I print it twice?', 'How do I prevent it from printing twice?'],
    ['antonym', 'How do I enable the firewall?', 'How do I disable the firewall?'],
    ['antonym', 'Should I buy the house now?', 'Should I sell the house now?'],
    ['antonym', 'How do I upload a file?', 'How do I download a file?'],
    ['comparative', 'Which plan is cheaper?', 'Which plan is more expensive?'],
    ['comparative', 'What is the highest rate?', 'What is the lowest rate?'],
    ['direction', 'How do I fly from Rome to Oslo?', 'How do I fly from Oslo to Rome?'],
    ['direction', 'How do I convert a string to a list?', 'How do I convert a list to a string?'],
    ['direction', 'Why do cats hate dogs?', 'Why do dogs hate cats?'],
    ['entity', 'How do I cancel Netflix?', 'How do I cancel Spotify?'],
    ['entity', 'What is the capital of Chad?', 'What is the capital of Mali?'],
    ['entity', 'How do I sort a list in Python?', 'How do I sort a list in Java?'],
    ['question-word', 'Why are refunds issued late?', 'When are refunds issued?'],
    ['question-word', 'Who issues refunds of orders?', 'When are refunds of orders issued?'],
    ['question-word', 'How many trains go to Oslo?', 'How often do trains go to Oslo?'],
    [
      'further-question',
      'How many days do customers have to return an item?',
      'How many days do customers have to return an item? And for gift cards?',
    ],
    ['rare-word', 'what are the side effects of lisinopril?', 'what are the side effects of metformin?'],
  ])('holds apart by %s: %s / %s', (reason, a, b) => {
    const verdict = verifyQuestions(a, b, ALIKE);
    expect(verdict.same).toBe(false);
    expect(['comparative', 'antonym'].includes(reason) ? ['comparative', 'antonym'] : [reason]).toContain(
      verdict.reason,
    );
  });

  it.each([
    ['How do I reset my password?', 'How can I reset my password?', 0.97],
    ['What is the best way to learn French?', 'How do I learn French?', 0.9],
    ['What are the fees for a transfer?', 'How much does a transfer cost?', 0.88],
    ['How do I get rid of acne?', 'What is the best way to remove pimples?', 0.88],
    ['Why is the sky blue?', 'What is the reason that the sky is blue?', 0.93],
    ['Who wrote the novel Dune?', 'Who is the author of the book Dune?', 0.9],
    [
      'What is the difference between tea and coffee?',
      'What is the difference between coffee and tea?',
      0.98,
    ],
    ['Is it 1,000 metres?', 'Is it 1000 meters?', 0.97],
    ['How do I spend five days in Rome?', 'How do I spend 5 days in Rome?', 0.97],
    ['How do I terminate a running process?', 'How can I stop an active process?', 0.87],
    ['What colour is the flag?', 'What is the color of the flag?', 0.95],
    ['How do I join the tournament?', 'How do I join the tournment?', 0.93],
    [
      'How do I find a file that was not deleted?',
      'What is the way to locate files which are still there?',
      0.93,
    ],
  ])('takes for the same: %s / %s', (a, b, cosineSimilarity) => {
    expect(verifyQuestions(a, b, { cosineSimilarity })).toMatchObject({ same: true, reason: null });
  });

  it.each([
    ['Which is the best library in Rome?', 'Which is the biggest library in Rome?'],
    ['How much nitrate is in spinach?', 'How much nitrite is in spinach?'],
    ['Why did the build fail?', 'Who did the build?'],
  ])('keeps what only looks alike apart: %s / %s', (a, b) => {
    expect(verifyQuestions(a, b, { cosineSimilarity: 0.9 }).same).toBe(false);
  });

  it('asks more of another wording than of an edit, and most where somebody tells of their own case', () => {
    const score = (a: string, b: string) => verifyQuestions(a, b, { cosineSimilarity: 0.88 }).score;
    const general = score('How does the refund of the ticket work?', 'Explain how tickets are reimbursed');
    const own = score('How does the refund of my ticket work?', 'Explain how my tickets are reimbursed');
    expect(own).toBeLessThan(general);
  });

  it('takes a question for itself, whatever else is said', () => {
    const evidence = { cosineSimilarity: 0, passageAgreement: 0 };
    expect(verifyQuestions('How do I pay?', 'hi, how do I pay', evidence)).toEqual({
      same: true,
      reason: null,
      score: 1,
    });
  });

  it('does not serve other evidence', () => {
    const [a, b] = ['How do I reset my password?', 'How can I reset the password?'];
    expect(verifyQuestions(a, b, { ...ALIKE, passageAgreement: 0 })).toEqual({
      same: false,
      reason: 'evidence',
      score: 0,
    });
  });

  it('is surer the more evidence both share', () => {
    const [a, b] = ['What does the trial cost per user?', 'How expensive is the trial?'];
    const score = (passageAgreement: number) =>
      verifyQuestions(a, b, { cosineSimilarity: 0.85, passageAgreement }).score;
    expect(score(1)).toBeGreaterThan(score(0.5));
    expect(score(0.5)).toBeGreaterThan(score(0.1));
  });

  it('is surer the nearer the vectors are', () => {
    const [a, b] = ['How do I lose weight fast?', 'What helps to shed kilos?'];
    const score = (cosineSimilarity: number) => verifyQuestions(a, b, { cosineSimilarity }).score;
    expect(score(0.95)).toBeGreaterThan(score(0.7));
  });

  it('decides by the minimum score that it is given', () => {
    const [a, b] = ['How do I reset my password?', 'How can I reset my password?'];
    expect(verifyQuestions(a, b, { ...ALIKE, minimumScore: 1 })).toMatchObject({ same: false });
  });

  it('gives profiles and texts one verdict', () => {
    const [a, b] = ['Can I pay by card?', 'Is it possible to pay with a card?'];
    expect(verifyQuestions(profileQuestion(a), profileQuestion(b), ALIKE)).toEqual(
      verifyQuestions(a, b, ALIKE),
    );
  });

  it.each([
    ['Ist es hier sicher?', 'Ist es hier nicht sicher?'],
    ['Wie komme ich von Rom nach Oslo?', 'Wie komme ich von Oslo nach Rom?'],
    ['¿Puedo pagar con tarjeta?', '¿Puedo pagar sin tarjeta?'],
    ['Est-ce que je peux annuler ?', 'Est-ce que je ne peux pas annuler ?'],
    ['Is het veilig om te zwemmen?', 'Is het niet veilig om te zwemmen?'],
    ['Можно ли вернуть товар?', 'Нельзя ли вернуть товар?'],
    ['退款政策是什么？', '退货政策是什么？'],
  ])('judges no language that it does not know: %s / %s', (a, b) => {
    expect(verifyQuestions(a, b, { cosineSimilarity: 0.99 }).same).toBe(false);
  });

  it.each(['', ' ', '???', '12', '🙂', '退款政策是什么？'])('judges %j without failing', (text) => {
    expect(verifyQuestions(text, 'How do I pay?', ALIKE).same).toBe(false);
  });
});

describe('isComparable', () => {
  it('spares the event loop questions whose comparison would take long', () => {
    expect(isComparable('Is it safe? '.repeat(150))).toBe(true);
    expect(isComparable('Is it safe? '.repeat(200))).toBe(false);
  });
});
