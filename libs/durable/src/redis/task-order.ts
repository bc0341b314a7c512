import type { Redis } from 'ioredis';
import type { EncodedTask, QueueName } from '../ports/task.js';
import type { Held } from '../tasks/held-by-owner.js';

/** A ticket and the task that it has, for this time. */
export interface Bond {
  ticket: string;
  task: EncodedTask;
  bond: string;
}

/** The result of a ticket's claim. */
export type Claim =
  | ({ kind: 'task'; owner: string } & Bond)
  /** The task that it has is due in so many milliseconds. */
  | { kind: 'early'; dueInMs: number }
  /** Tasks wait, but none whose owner may have another place now. */
  | { kind: 'full' }
  /** No task waits. */
  | { kind: 'none' };

/** A task that is due so soon is due now. */
const DUE_SLACK_MS = 20;

/** The places of a process. */
export interface Places {
  /** Tasks at once, which owners share as a `SharedBudget` says. */
  capacity: number;
  held: Held;
}

/** Owners that one turn compares: those whose turn it is longest. */
const OWNERS_COMPARED = 256;
/** The task of an owner that is next has the smallest score: urgency before age. */
const PRIORITY_STEP = 2 ** 45;

/** Lets a task wait for its owner's turn. KEYS are those of the script, `of` the prefix of owners' entries. */
const MAKE_READY = `
local function makeReady(ready, served, turns, of, owner, score, entry)
  redis.call('ZADD', of .. owner, score, entry)
  if redis.call('ZSCORE', ready, owner) then return end
  local turn = tonumber(redis.call('HGET', turns, owner) or 0)
  redis.call('ZADD', ready, math.max(turn, tonumber(redis.call('GET', served) or 0)), owner)
end`;

/** KEYS: entries, ready, served, turns, bound, due, seq. ARGV: prefix of owners' entries, entry, owner, priority * step, ticket, due or 0. */
const ADD = `${MAKE_READY}
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then return 0 end
local score = string.format('%.0f', tonumber(ARGV[4]) + redis.call('INCR', KEYS[7]))
redis.call('HSET', KEYS[1], ARGV[2], score .. ':' .. ARGV[3])
if tonumber(ARGV[6]) > 0 then
  redis.call('HSET', KEYS[5], ARGV[5], '0:' .. ARGV[2])
  redis.call('HSET', KEYS[6], ARGV[5], ARGV[6])
else
  makeReady(KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[3], score, ARGV[2])
end
return 1`;

/**
 * Gives a ticket the task whose turn it is. The task that it had waits for its owner's turn again, once it is due. KEYS: entries, ready, served, turns, bound, due, clock, seq.
 * ARGV: prefix of owners' entries, ticket, now, capacity, owners compared, and each owner that holds places with their number.
 */
const CLAIM = `${MAKE_READY}
local now = math.max(tonumber(ARGV[3]), tonumber(redis.call('GET', KEYS[7]) or 0))
redis.call('SET', KEYS[7], string.format('%.0f', now))
local mine = redis.call('HGET', KEYS[5], ARGV[2])
if mine then
  local due = tonumber(redis.call('HGET', KEYS[6], ARGV[2]) or 0)
  if due > now + ${DUE_SLACK_MS} then return {'early', due - now, now} end
  redis.call('HDEL', KEYS[5], ARGV[2])
  redis.call('HDEL', KEYS[6], ARGV[2])
  mine = string.match(mine, '^%d+:(.*)$')
  local place = redis.call('HGET', KEYS[1], mine)
  if place then
    local score, owner = string.match(place, '^(%d+):(.*)$')
    makeReady(KEYS[2], KEYS[3], KEYS[4], ARGV[1], owner, score, mine)
  end
end
local capacity, held, total, holders = tonumber(ARGV[4]), {}, 0, 0
for i = 6, #ARGV, 2 do
  held[ARGV[i]] = tonumber(ARGV[i + 1])
  total = total + held[ARGV[i]]
  holders = holders + 1
end
local served = tonumber(redis.call('GET', KEYS[3]) or 0)
local found = redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[5]) - 1, 'WITHSCORES')
if #found == 0 then return {'none', 0, now} end
local best, bestTurn, bestScore, bestEntry
for i = 1, #found, 2 do
  local owner, turn = found[i], math.max(tonumber(found[i + 1]), served)
  if best and turn > bestTurn then break end
  local own = held[owner] or 0
  local share = capacity / (own > 0 and holders or holders + 1)
  if total + 1 <= capacity or own + 1 <= share then
    local head = redis.call('ZRANGE', ARGV[1] .. owner, 0, 0, 'WITHSCORES')
    if #head == 0 then
      redis.call('ZREM', KEYS[2], owner)
    elseif not best or tonumber(head[2]) < bestScore then
      best, bestTurn, bestEntry, bestScore = owner, turn, head[1], tonumber(head[2])
    end
  end
end
if not best then return {'full', 0, now} end
redis.call('ZREM', ARGV[1] .. best, bestEntry)
local bond = redis.call('INCR', KEYS[8]) .. ':' .. bestEntry
redis.call('HSET', KEYS[5], ARGV[2], bond)
redis.call('SET', KEYS[3], string.format('%.0f', bestTurn))
if redis.call('EXISTS', ARGV[1] .. best) == 1 then
  redis.call('ZADD', KEYS[2], bestTurn + 1, best)
else
  redis.call('ZREM', KEYS[2], best)
  redis.call('HSET', KEYS[4], best, bestTurn + 1)
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('DEL', KEYS[4]) end
return {'task', 0, now, bestEntry, best, bond}`;

/**
 * A ticket whose lock was lost may have another task by now: only its present bond may end that.
 * KEYS: entries, bound, due. ARGV: ticket, bond, entry, due or ''.
 */
const END = `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[4] ~= '' then return redis.call('HSET', KEYS[3], ARGV[1], ARGV[4]) end
redis.call('HDEL', KEYS[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1`;

/**
 * The order of a queue in Redis, whose keys and scripts call it a lane of entries. BullMQ hands out tickets, as many as tasks wait, in no
 * order that matters; a ticket that is taken gets the task whose owner's turn it is (start-time fair queueing, as in SQLite), and keeps it
 * until the task is done.
 */
export class TaskOrder {
  private readonly prefix: string;
  private readonly keys;

  constructor(
    private readonly redis: Redis,
    queue: QueueName,
  ) {
    this.prefix = `frontier:jobs:lane:${queue}:`;
    const key = (name: string): string => `${this.prefix}${name}`;
    this.keys = {
      /** Place in the order and owner of all tasks, by task. */
      entries: key('entries'),
      /** Owners with tasks that no ticket has, by their turn. */
      ready: key('ready'),
      /** The turn that was served last. */
      served: key('served'),
      seq: key('seq'),
      /** Turns of owners that have no task now. */
      turns: key('turns'),
      /** Tasks with the number of their bond, and their due times, by ticket. */
      bound: key('bound'),
      due: key('due'),
      clock: 'frontier:jobs:clock',
    };
  }

  /**
   * Adds a task to the queue; `false` where it is there.
   * @param dueAt by the queue's clock: the ticket is the task's; 0: it waits for its owner's turn
   */
  async add(
    task: EncodedTask,
    { owner, priority }: { owner: string; priority: number },
    ticket: string,
    dueAt: number,
  ): Promise<boolean> {
    const { entries, ready, served, turns, bound, due, seq } = this.keys;
    const values = [`${this.prefix}of:`, task, owner, priority * PRIORITY_STEP, ticket, Math.round(dueAt)];
    const isNew = await this.redis.eval(ADD, 7, entries, ready, served, turns, bound, due, seq, ...values);
    return isNew === 1;
  }

  /** Claims a task for a ticket, and returns the time of the queue. */
  async claim(ticket: string, now: number, { capacity, held }: Places): Promise<Claim & { now: number }> {
    const { entries, ready, served, turns, bound, due, clock, seq } = this.keys;
    const keys = [entries, ready, served, turns, bound, due, clock, seq];
    const values = [`${this.prefix}of:`, ticket, Math.round(now), capacity, OWNERS_COMPARED, ...held.flat()];
    const claimed = await this.redis.eval(CLAIM, keys.length, ...keys, ...values);
    const [kind, dueInMs, at, task, owner, bond] = claimed as [Claim['kind'], number, number, string, string, string];
    return { kind, dueInMs, ticket, task, owner, bond, now: at };
  }

  /** Removes the ticket's task, or lets the ticket keep it until it is due. */
  async end({ ticket, bond, task }: Bond, dueAt?: number): Promise<void> {
    const { entries, bound, due } = this.keys;
    const at = dueAt === undefined ? '' : Math.round(dueAt);
    await this.redis.eval(END, 3, entries, bound, due, ticket, bond, task, at);
  }

  /** Number of tasks of the queue, those that run included. */
  count(): Promise<number> {
    return this.redis.hlen(this.keys.entries);
  }

  /** Tickets that have tasks, some at a time. */
  async bound(cursor: string): Promise<{ next: string; tickets: string[] }> {
    const [next, found] = await this.redis.hscan(this.keys.bound, cursor, 'COUNT', 200);
    return { next, tickets: found.filter((_, i) => i % 2 === 0) };
  }

  /** The time that the queue has reached. */
  async clock(): Promise<number> {
    return Number((await this.redis.get(this.keys.clock)) ?? 0);
  }
}
