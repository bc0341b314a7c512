import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueClock } from '../queue-clock.js';
import { laneOperations } from './lanes.js';
import { SCHEMA_STEPS } from './schema.js';

const LEASE_MS = 10_000;

class Lane {
  readonly held = new Map<string, string[]>();
  readonly ready = new Map<string, { entry: string; priority: number }[]>();
  /** Owners of what was handed out, in order. */
  readonly served: string[] = [];
  private readonly operations;
  private next = 0;

  constructor(private readonly capacity: number) {
    const db = new DatabaseSync(':memory:');
    for (const step of SCHEMA_STEPS) db.exec(step);
    this.operations = laneOperations(db, new QueueClock());
  }

  add(owner: string, priority = 1): void {
    const entry = `${owner}:${this.next++}`;
    this.operations.enqueue('jobs', entry, 0, priority, owner);
    this.ready.set(owner, [...(this.ready.get(owner) ?? []), { entry, priority }]);
  }

  claim(): string[] {
    const held = [...this.held].map(([owner, entries]) => [owner, entries.length] as const);
    const request = { lane: 'jobs', runner: 'me', leaseMs: LEASE_MS, capacity: this.capacity, held } as const;
    const claimed = this.operations.claim(request);
    for (const { entry, owner } of claimed) {
      const own = this.ready.get(owner)!;
      // Of one owner: urgent ones first, then older ones.
      const first = own.reduce((best, other) => (other.priority < best.priority ? other : best));
      expect(entry).toBe(first.entry);
      if (own.length === 1) this.ready.delete(owner);
      else
        this.ready.set(
          owner,
          own.filter((other) => other !== first),
        );
      this.held.set(owner, [...(this.held.get(owner) ?? []), entry]);
      this.served.push(owner);
    }
    return claimed.map(({ owner }) => owner);
  }

  end(owner: string): void {
    const [entry, ...rest] = this.held.get(owner) ?? [];
    if (entry === undefined) return;
    this.operations.remove('jobs', 'me', entry);
    if (rest.length > 0) this.held.set(owner, rest);
    else this.held.delete(owner);
  }

  get total(): number {
    return [...this.held.values()].reduce((sum, entries) => sum + entries.length, 0);
  }
}

describe(laneOperations, () => {
  const owner = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('add'), owner, priority: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim'), owner, priority: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('end'), owner, priority: fc.nat(2) }) },
  );

  it('leaves no place free while entries wait, and hands out at most twice as many as there are places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const lane = new Lane(capacity);
        for (const { kind, owner: who, priority } of steps) {
          if (kind === 'add') lane.add(who, priority);
          else if (kind === 'end') lane.end(who);
          else {
            lane.claim();
            if (lane.ready.size > 0) expect(lane.total).toBeGreaterThanOrEqual(capacity);
            expect(lane.total).toBeLessThanOrEqual(2 * capacity);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('serves nobody twice as often as another who waits, whenever they come', () => {
    fc.assert(
      fc.property(fc.array(fc.array(owner, { maxLength: 6 }), { minLength: 1, maxLength: 40 }), (rounds) => {
        const lane = new Lane(1);
        const waits = new Map<string, Map<string, number>>();
        for (const arrivals of rounds) {
          for (const who of arrivals) lane.add(who);
          const waiting = new Set(lane.ready.keys());
          for (const who of lane.claim()) {
            for (const other of waiting) {
              if (other === who) continue;
              const passed = waits.get(other) ?? new Map<string, number>();
              passed.set(who, (passed.get(who) ?? 0) + 1);
              waits.set(other, passed);
              // Once before its turn, and once for a tie.
              expect(passed.get(who)!).toBeLessThanOrEqual(2);
            }
            waits.delete(who);
            lane.end(who);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds the next one among many owners and entries without looking at all', () => {
    const lane = new Lane(1);
    for (let i = 0; i < 4000; i++) lane.add('greedy');
    for (let i = 0; i < 100; i++) lane.add(`owner${i}`);
    const before = process.threadCpuUsage();
    for (let i = 0; i < 100; i++) lane.claim().forEach((who) => lane.end(who));
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 100).toBeLessThan(20_000);
    expect(new Set(lane.served).size).toBeGreaterThanOrEqual(99);
  });
});
