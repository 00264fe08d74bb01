import { queueOptionsSymbol, type TaskQueue } from 'piscina';

type Task = ReturnType<TaskQueue['shift']> & object;

/** Marks a task for the {@link InteractiveFirstQueue}. */
export interface Urgency {
  interactive: boolean;
}

/** Attaches the urgency to a task's input; it stays on this side of the thread. */
export function withUrgency<T extends object>(input: T, interactive: boolean): T {
  return { ...input, [queueOptionsSymbol]: { interactive } satisfies Urgency };
}

/**
 * Tasks that wait for a thread: those of a waiting user first, then bulk work, each first in, first out. Bulk
 * callers keep few tasks waiting at a time, so the lists stay short.
 */
export class InteractiveFirstQueue implements TaskQueue {
  private readonly interactive: Task[] = [];
  private readonly bulk: Task[] = [];

  get size(): number {
    return this.interactive.length + this.bulk.length;
  }

  push(task: Task): void {
    this.listOf(task).push(task);
  }

  /** Puts a task back that found no thread. */
  unshift(task: Task): void {
    this.listOf(task).unshift(task);
  }

  shift(): Task | null {
    return this.interactive.shift() ?? this.bulk.shift() ?? null;
  }

  remove(task: Task): void {
    const list = this.listOf(task);
    const at = list.indexOf(task);
    if (at >= 0) list.splice(at, 1);
  }

  private listOf(task: Task): Task[] {
    const urgency = task[queueOptionsSymbol] as Urgency | null;
    return urgency?.interactive ? this.interactive : this.bulk;
  }
}
