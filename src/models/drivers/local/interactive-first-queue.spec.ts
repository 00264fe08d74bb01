import { queueOptionsSymbol } from 'piscina';
import { InteractiveFirstQueue, withUrgency } from './interactive-first-queue';

const task = (interactive: boolean) => ({ [queueOptionsSymbol]: { interactive } });

describe('InteractiveFirstQueue', () => {
  it('hands out interactive tasks first, each kind in order of arrival', () => {
    const queue = new InteractiveFirstQueue();
    const [bulk1, bulk2, question1, question2] = [task(false), task(false), task(true), task(true)];
    for (const each of [bulk1, question1, bulk2, question2]) queue.push(each);
    expect(queue.size).toBe(4);
    const order = Array.from({ length: 5 }, () => queue.shift());
    expect(order).toEqual([question1, question2, bulk1, bulk2, null]);
    expect(order[0]).toBe(question1);
  });

  it('puts a task that found no thread back to the front of its kind', () => {
    const queue = new InteractiveFirstQueue();
    const [first, second, question] = [task(false), task(false), task(true)];
    queue.push(second);
    queue.unshift(first);
    queue.push(question);
    expect(queue.shift()).toBe(question);
    expect(queue.shift()).toBe(first);
  });

  it('removes a task, and does not mind one that is not there', () => {
    const queue = new InteractiveFirstQueue();
    const only = task(true);
    queue.push(only);
    queue.remove(only);
    queue.remove(only);
    expect(queue.size).toBe(0);
  });

  it('treats a task without urgency as bulk work', () => {
    const queue = new InteractiveFirstQueue();
    const plain = { [queueOptionsSymbol]: null };
    const question = task(true);
    queue.push(plain);
    queue.push(question);
    expect(queue.shift()).toBe(question);
  });

  it('marks input without changing it', () => {
    const input = { texts: ['a'] };
    expect(withUrgency(input, true)).toMatchObject({
      texts: ['a'],
      [queueOptionsSymbol]: { interactive: true },
    });
    expect(queueOptionsSymbol in input).toBe(false);
  });
});
