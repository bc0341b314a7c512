import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SharedBudget } from '@frontier/resilience';
import { JOB_PRIORITIES } from '../ports/job.js';
import { type EncodedTask, LONGEST_DELAY_MS } from '../ports/task.js';
import type { QueueClock } from '../tasks/queue-clock.js';
import type { Claimed, ClaimRequest, Operations } from './protocol.js';

type TaskOperations = Pick<
  Operations,
  'enqueue' | 'claim' | 'untilNext' | 'extend' | 'remove' | 'postpone' | 'release' | 'runners' | 'waiting'
>;

/** Delayed tasks that one claim makes ready. */
const PROMOTE_STEP = 500;
/** A lease that lasts so many times longer was given by a clock that was wrong. */
const IMPLAUSIBLE_LEASES = 10;
/** Owners that one claim compares: those whose turn it is longest. */
const OWNERS_COMPARED = 256;

const NORMAL = JOB_PRIORITIES.indexOf('normal');

/** An owner with ready tasks; the smallest turn is next. */
interface Contender {
  owner: string;
  turn: number;
  head: Head | undefined;
}
interface Head {
  rowid: number;
  task: EncodedTask;
  priority: number;
}

/**
 * Operations on the tasks of queues; the table has them as the `entries` of a `lane`. A claim lets owners take turns (start-time fair
 * queueing with a cost of 1 each): an owner's turn is the last one that the queue had served when the owner came, or one more than the owner's
 * last. Within a turn the more urgent task comes first; of one owner, urgent ones first, then older ones.
 */
export function taskOperations(
  db: DatabaseSync,
  clock: QueueClock,
): TaskOperations & {
  /** Adds a job's task to its queue, unless it is there; returns how many that were. */
  insertJobTask(task: EncodedTask, priority: string | null, owner: string): number;
  /** Stores the time for other processes and later ones. */
  keepClock(): void;
} {
  const sql = (text: string): StatementSync => db.prepare(text);
  const insert = sql(
    'INSERT INTO entries (lane, entry, priority, run_at, owner) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const keptClock = sql(`SELECT value FROM totals WHERE name = 'clock'`);
  const keepClock = sql(`UPDATE totals SET value = max(value, ?) WHERE name = 'clock'`);
  const endLeases = sql(
    `UPDATE entries SET runner = NULL, lease_until = NULL, run_at = 0
     WHERE lane = ? AND runner IS NOT NULL AND (lease_until < ? OR lease_until > ?)`,
  );
  const promote = sql(
    `UPDATE entries SET run_at = 0 WHERE rowid IN (
       SELECT rowid FROM entries WHERE lane = ? AND runner IS NULL AND run_at > 0 AND (run_at <= ? OR run_at > ?)
       LIMIT ${PROMOTE_STEP})`,
  );
  // Each step is one seek in the index, however many entries an owner has.
  const owners = sql(`
    WITH RECURSIVE ready (owner) AS (
      SELECT min(owner) FROM entries WHERE lane = :lane AND runner IS NULL AND run_at = 0
      UNION ALL
      SELECT (SELECT min(owner) FROM entries WHERE lane = :lane AND runner IS NULL AND run_at = 0 AND owner > ready.owner)
      FROM ready WHERE ready.owner IS NOT NULL
    )
    SELECT ready.owner AS owner, max(coalesce(turns.turn, 0), :served) AS turn
    FROM ready LEFT JOIN turns ON turns.lane = :lane AND turns.owner = ready.owner
    WHERE ready.owner IS NOT NULL ORDER BY 2 LIMIT ${OWNERS_COMPARED}
  `);
  const head = sql(
    `SELECT rowid, entry AS task, priority FROM entries WHERE lane = ? AND owner = ? AND runner IS NULL AND run_at = 0
     ORDER BY priority, rowid LIMIT 1`,
  );
  const take = sql('UPDATE entries SET runner = ?, lease_until = ? WHERE rowid = ?');
  // The last turn that the queue has served is the row of no owner.
  const served = sql(`SELECT max(turn) AS turn FROM turns WHERE lane = ? AND owner = '*'`);
  const setTurn = sql('INSERT INTO turns VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET turn = max(turn, excluded.turn)');
  const forgetTurns = sql(`DELETE FROM turns WHERE lane = ? AND turn <= ? AND owner <> '*'`);
  const nextDelayed = sql('SELECT min(run_at) AS at FROM entries WHERE lane = ? AND runner IS NULL AND run_at > 0');
  const nextLease = sql('SELECT min(lease_until) AS at FROM entries WHERE lane = ? AND runner IS NOT NULL');
  const extend = sql('UPDATE entries SET lease_until = ? WHERE lane = ? AND entry = ? AND runner = ?');
  const remove = sql('DELETE FROM entries WHERE lane = ? AND entry = ? AND runner = ?');
  const postpone = sql(
    'UPDATE entries SET runner = NULL, lease_until = NULL, run_at = ? WHERE lane = ? AND entry = ? AND runner = ?',
  );
  const release = sql('UPDATE entries SET runner = NULL, lease_until = NULL, run_at = 0 WHERE runner = ?');
  const runners = sql('SELECT DISTINCT runner FROM entries WHERE runner IS NOT NULL');
  const waiting = sql('SELECT count(*) AS count FROM entries WHERE lane = ? AND runner IS NULL');

  const atOf = (delayMs: number): number => (delayMs > 0 ? Math.max(1, Math.round(clock.now() + delayMs)) : 0);
  const insertJobTask = (task: EncodedTask, priority: string | null, owner: string): number => {
    const level = JOB_PRIORITIES.findIndex((name) => name === priority);
    return Number(insert.run('jobs', task, level < 0 ? NORMAL : level, 0, owner).changes);
  };

  function claim({ queue, runner, leaseMs, capacity, held }: ClaimRequest): Claimed[] {
    clock.advanceTo(keptClock.get()!.value as number);
    const now = clock.now();
    endLeases.run(queue, now, now + IMPLAUSIBLE_LEASES * leaseMs);
    promote.run(queue, now, now + LONGEST_DELAY_MS[queue]);
    const budget = new SharedBudget(capacity);
    for (const [owner, amount] of held) budget.add({ caller: owner, amount });
    let turnServed = (served.get(queue)?.turn as number | null) ?? 0;
    const contenders = (owners.all({ lane: queue, served: turnServed }) as { owner: string; turn: number }[])
      .filter(({ owner }) => budget.hasRoomFor({ caller: owner, amount: 1 }))
      .map<Contender>(({ owner, turn }) => ({ owner, turn, head: head.get(queue, owner) as Head | undefined }));
    const claimed: Claimed[] = [];
    const touched = new Map<string, number>();
    for (;;) {
      const next = contenders
        .filter((contender) => contender.head && budget.hasRoomFor({ caller: contender.owner, amount: 1 }))
        .reduce<Contender | undefined>((best, other) => (best && !isBefore(other, best) ? best : other), undefined);
      if (!next) break;
      take.run(runner, now + leaseMs, next.head!.rowid);
      claimed.push({ task: next.head!.task, owner: next.owner });
      budget.add({ caller: next.owner, amount: 1 });
      turnServed = Math.max(turnServed, next.turn);
      touched.set(next.owner, ++next.turn);
      next.head = head.get(queue, next.owner) as Head | undefined;
    }
    if (claimed.length > 0) {
      setTurn.run(queue, '*', turnServed);
      forgetTurns.run(queue, turnServed);
      for (const [owner, turn] of touched) if (turn > turnServed) setTurn.run(queue, owner, turn);
      keepClock.run(now);
    }
    return claimed;
  }

  return {
    insertJobTask,
    keepClock: () => void keepClock.run(clock.now()),
    enqueue: (queue, task, { owner, priority, delayMs }) =>
      void insert.run(queue, task, priority, atOf(delayMs), owner),
    claim,
    untilNext: (queue) => {
      const times = [nextDelayed.get(queue)?.at, nextLease.get(queue)?.at].filter((at) => typeof at === 'number');
      return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - clock.now());
    },
    extend: (queue, runner, tasks, leaseMs) =>
      tasks.filter((task) => extend.run(clock.now() + leaseMs, queue, task, runner).changes > 0),
    remove: (queue, runner, task) => void remove.run(queue, task, runner),
    postpone: (queue, runner, task, delayMs) => void postpone.run(atOf(delayMs), queue, task, runner),
    release: (gone) => gone.reduce((count, runner) => count + Number(release.run(runner).changes), 0),
    runners: () => runners.all().map((row) => row.runner as string),
    waiting: (queue) => waiting.get(queue)!.count as number,
  };
}

/** Tells whether one is served before another: by turn, then by urgency, then by age. */
function isBefore(one: Contender, other: Contender): boolean {
  if (one.turn !== other.turn) return one.turn < other.turn;
  if (one.head!.priority !== other.head!.priority) return one.head!.priority < other.head!.priority;
  return one.head!.rowid < other.head!.rowid;
}
