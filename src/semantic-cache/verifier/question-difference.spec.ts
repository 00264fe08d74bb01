import { readQuestion } from './question';
import { differenceOf } from './question-difference';

const difference = (asked: string, stored: string) => differenceOf(readQuestion(asked), readQuestion(stored));
const forms = (words: readonly { form: string }[]) => words.map(({ form }) => form);

describe('differenceOf', () => {
  it('finds the content words that only one has, in order', () => {
    const { onlyAsked, onlyStored } = difference(
      'What does a wide barge pay at the upper lock?',
      'What does a barge owe at the lock in spring?',
    );
    expect(forms(onlyAsked)).toEqual(['wide', 'pay', 'upper']);
    expect(forms(onlyStored)).toEqual(['owe', 'spring']);
  });

  it('counts no word of grammar, no inflection, and no derived form', () => {
    const { onlyAsked, onlyStored } = difference(
      'How is the harbour toll calculated?',
      'the calculation of harbour tolls',
    );
    expect([...onlyAsked, ...onlyStored]).toEqual([]);
  });

  it('lets a word meet one word only', () => {
    expect(forms(difference('ferry to ferry', 'ferry').onlyAsked)).toEqual(['ferry']);
    expect(forms(difference('ferry', 'ferry to ferry').onlyStored)).toEqual(['ferry']);
  });

  it('joins no numbers or identifiers that begin alike', () => {
    expect(forms(difference('open port_80801', 'open port_80802').onlyAsked)).toEqual(['port_80801']);
    expect(forms(difference('berth 10001', 'berth 10002').onlyAsked)).toEqual(['10001']);
  });

  it('counts restrictions on either side', () => {
    expect(difference('the former toll before March', 'the toll').restrictors).toEqual({
      asked: 2,
      stored: 0,
    });
    expect(difference('the toll', 'the current toll').restrictors).toEqual({ asked: 0, stored: 1 });
  });

  it('measures how far the order is turned', () => {
    expect(difference('barge tows tug', 'barge tows tug').inversions).toBe(0);
    expect(difference('barge tows tug', 'tug tows barge').inversions).toBe(1);
    expect(difference('pier', 'lock').inversions).toBe(0);
  });
});
