import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueClock } from '../tasks/queue-clock.js';
import { SCHEMA_STEPS } from './schema.js';
import { taskOperations } from './task-operations.js';

const LEASE_MS = 10_000;

class TestedQueue {
  readonly held = new Map<string, string[]>();
  readonly ready = new Map<string, { task: string; priority: number }[]>();
  /** Owners of what was handed out, in order. */
  readonly served: string[] = [];
  private readonly operations;
  private next = 0;

  constructor(private readonly capacity: number) {
    const db = new DatabaseSync(':memory:');
    for (const step of SCHEMA_STEPS) db.exec(step);
    this.operations = taskOperations(db, new QueueClock());
  }

  add(owner: string, priority = 1): void {
    const task = `${owner}:${this.next++}`;
    this.operations.enqueue('jobs', task, { owner, priority, delayMs: 0 });
    this.ready.set(owner, [...(this.ready.get(owner) ?? []), { task, priority }]);
  }

  claim(): string[] {
    const held = [...this.held].map(([owner, tasks]) => [owner, tasks.length] as const);
    const request = { queue: 'jobs', runner: 'me', leaseMs: LEASE_MS, capacity: this.capacity, held } as const;
    const claimed = this.operations.claim(request);
    for (const { task, owner } of claimed) {
      const own = this.ready.get(owner)!;
      // Of one owner: urgent ones first, then older ones.
      const first = own.reduce((best, other) => (other.priority < best.priority ? other : best));
      expect(task).toBe(first.task);
      if (own.length === 1) this.ready.delete(owner);
      else
        this.ready.set(
          owner,
          own.filter((other) => other !== first),
        );
      this.held.set(owner, [...(this.held.get(owner) ?? []), task]);
      this.served.push(owner);
    }
    return claimed.map(({ owner }) => owner);
  }

  end(owner: string): void {
    const [task, ...rest] = this.held.get(owner) ?? [];
    if (task === undefined) return;
    this.operations.remove('jobs', 'me', task);
    if (rest.length > 0) this.held.set(owner, rest);
    else this.held.delete(owner);
  }

  get total(): number {
    return [...this.held.values()].reduce((sum, tasks) => sum + tasks.length, 0);
  }
}

describe(taskOperations, () => {
  const owner = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('add'), owner, priority: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim'), owner, priority: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('end'), owner, priority: fc.nat(2) }) },
  );

  it('leaves no place free while tasks wait, and hands out at most twice as many as there are places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const queue = new TestedQueue(capacity);
        for (const { kind, owner: who, priority } of steps) {
          if (kind === 'add') queue.add(who, priority);
          else if (kind === 'end') queue.end(who);
          else {
            queue.claim();
            if (queue.ready.size > 0) expect(queue.total).toBeGreaterThanOrEqual(capacity);
            expect(queue.total).toBeLessThanOrEqual(2 * capacity);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('serves no owner twice as often as another who waits, whenever they come', () => {
    fc.assert(
      fc.property(fc.array(fc.array(owner, { maxLength: 6 }), { minLength: 1, maxLength: 40 }), (rounds) => {
        const queue = new TestedQueue(1);
        const waits = new Map<string, Map<string, number>>();
        for (const arrivals of rounds) {
          for (const who of arrivals) queue.add(who);
          const waiting = new Set(queue.ready.keys());
          for (const who of queue.claim()) {
            for (const other of waiting) {
              if (other === who) continue;
              const passed = waits.get(other) ?? new Map<string, number>();
              passed.set(who, (passed.get(who) ?? 0) + 1);
              waits.set(other, passed);
              // Once before its turn, and once for a tie.
              expect(passed.get(who)!).toBeLessThanOrEqual(2);
            }
            waits.delete(who);
            queue.end(who);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds the next one among many owners and tasks without looking at all', () => {
    const queue = new TestedQueue(1);
    for (let i = 0; i < 4000; i++) queue.add('greedy');
    for (let i = 0; i < 100; i++) queue.add(`owner${i}`);
    const before = process.threadCpuUsage();
    for (let i = 0; i < 100; i++) queue.claim().forEach((who) => queue.end(who));
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 100).toBeLessThan(20_000);
    expect(new Set(queue.served).size).toBeGreaterThanOrEqual(99);
  });
});
