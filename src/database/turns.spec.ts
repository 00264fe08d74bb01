import { Turns } from './turns';

describe('Turns', () => {
  it('gives turns in the order in which they were asked for', async () => {
    const turns = new Turns<string>();
    const order: string[] = [];
    await turns.take('a');
    const waiting = ['b', 'c'].map((who) => turns.take(who).then(() => order.push(who)));
    await turns.take('a');
    expect(order).toEqual([]);
    turns.give('a');
    await waiting[0];
    expect(order).toEqual(['b']);
    turns.give('c');
    turns.give('b');
    await waiting[1];
    expect(order).toEqual(['b', 'c']);
  });
});
