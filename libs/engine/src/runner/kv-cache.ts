import { KvPool, type KvShape } from '../kv-pool/kv-pool.js';
import type { BatchPlan } from './model-runner.js';
import { capacityFor, planPools } from '../kv-pool/pool-plan.js';

interface KvCacheOptions extends KvShape {
  /** The longest sequence, in tokens. */
  contextLength: number;
  /** Rows that a pool has room for at least. */
  minRows: number;
  /** Sequences that share a pass at most. */
  maxRows: number;
  /** The weights' size, in tokens of cache: what a pass more costs. */
  passTokens: number;
}

/** The place of a slot's keys and values. */
interface Place {
  pool: KvPool;
  row: number;
}

/**
 * A division of the sequences among passes is kept until one does not fit any more, or until it reads this much more
 * than the best one: moving sequences costs as much as several passes.
 */
const TOLERANCE = 1.1;

/**
 * The keys and values of every sequence in host memory. A sequence that decodes shares a {@link KvPool} with others of
 * like length; one that does not, because its prompt is still being computed or because it was parked, has a pool of
 * its own. Where a sequence lies changes none of its bytes.
 */
export class KvCache {
  private readonly places = new Map<number, Place>();
  private readonly sharedPools = new Set<KvPool>();

  constructor(private readonly options: KvCacheOptions) {}

  /** Tokens in a slot. */
  length(slot: number): number {
    const place = this.places.get(slot);
    return place ? place.pool.length(place.row) : 0;
  }

  /** The pool of one row that holds a slot; a slot that is not in use starts with room for `capacity` tokens. */
  own(slot: number, capacity: number): KvPool {
    let place = this.places.get(slot);
    if (!place) {
      const pool = this.growingPool(this.options.minRows, capacity);
      this.places.set(slot, (place = { pool, row: pool.add() }));
    }
    if (this.sharedPools.has(place.pool)) throw new Error(`Bug: slot ${slot} decodes already.`);
    return place.pool;
  }

  /**
   * Divides slots among decode passes, with room for the new tokens of each. The present division stays while it is good
   * enough; one that begins to decode does so alone then.
   */
  plan(slots: readonly number[], newTokens: readonly number[] = slots.map(() => 1)): BatchPlan {
    const needs = slots.map((slot, i) => this.length(slot) + newTokens[i]);
    const best = planPools(needs, this.options.passTokens);
    const pools = new Set(this.sharedPools);
    for (const slot of slots) pools.add(this.places.get(slot)!.pool);
    if (!this.isGoodEnough(pools, slots, best, needs)) {
      const groups = best.map((group) => group.map((i) => slots[i]));
      return { groups, room: best.map((group) => needs[group.at(-1)!]), relocates: true };
    }
    return { groups: [...pools].map((pool) => this.slotsOf(pool)), relocates: false };
  }

  /** Moves slots as a plan demands. Those that decoded before and are not in it get memory of their own. */
  relocate({ groups, relocates, room }: BatchPlan): void {
    for (const slots of groups) for (const slot of slots) this.sharedPools.add(this.places.get(slot)!.pool);
    if (relocates) this.apply(groups, room);
  }

  /** The pool of slots of a group of the last plan, and all that it holds, in the order of their rows. */
  group(slots: readonly number[]): { pool: KvPool; slots: number[] } {
    const { pool } = this.place(slots[0]);
    const byRow = this.slotsOf(pool);
    if (slots.some((slot) => !byRow.includes(slot))) {
      throw new Error(`Bug: slots ${slots.join(', ')} are decoded, but ${byRow.join(', ')} share a pool.`);
    }
    return { pool, slots: byRow };
  }

  /** The pool and the row of a slot that is in use. */
  place(slot: number): Readonly<Place> {
    const place = this.places.get(slot);
    if (!place) throw new Error(`Bug: slot ${slot} is not in use.`);
    return place;
  }

  /** Copies positions `[from, from + count)` of a slot; see {@link KvPool.read}. */
  read(slot: number, from: number, count: number, into?: Float32Array): Float32Array {
    const { pool, row } = this.places.get(slot)!;
    return pool.read(row, from, count, into);
  }

  /** Makes `to` a copy of `from`. */
  copy(from: number, to: number): void {
    const place = this.places.get(from)!;
    const pool = new KvPool(this.options, this.options.minRows, place.pool.length(place.row));
    pool.add(place);
    this.places.set(to, { pool, row: 0 });
  }

  /** Empties a slot; one that is not in use stays so. */
  free(slot: number): void {
    const place = this.places.get(slot);
    if (!place) return;
    this.removeRow(place);
    if (place.pool.rows === 0) {
      place.pool.release();
      this.sharedPools.delete(place.pool);
    }
    this.places.delete(slot);
  }

  private growingPool(rows: number, capacity: number): KvPool {
    return new KvPool(this.options, rows, capacity, capacityFor(this.options.contextLength));
  }

  private slotsOf(pool: KvPool): number[] {
    const slots: number[] = [];
    for (const [slot, place] of this.places) if (place.pool === pool) slots[place.row] = slot;
    return slots;
  }

  private isGoodEnough(
    pools: ReadonlySet<KvPool>,
    slots: readonly number[],
    best: number[][],
    needs: readonly number[],
  ): boolean {
    const { passTokens } = this.options;
    let rows = 0;
    let cost = 0;
    for (const pool of pools) {
      rows += pool.rows;
      cost += pool.rows * pool.capacity + passTokens;
    }
    if (rows !== slots.length) return false;
    if (slots.some((slot, i) => needs[i] > this.places.get(slot)!.pool.capacity)) return false;
    const bestCost = best.reduce((sum, g) => sum + g.length * capacityFor(needs[g.at(-1)!]) + passTokens, 0);
    return cost <= TOLERANCE * bestCost;
  }

  /** Each group takes the pool that holds most of it already, resized if need be, or a new one. */
  private apply(groups: readonly (readonly number[])[], room?: readonly number[]): void {
    const decoding = new Set(groups.flat());
    for (const [slot, { pool }] of this.places) {
      if (this.sharedPools.has(pool) && !decoding.has(slot)) this.park(slot);
    }
    const free = new Set(this.sharedPools);
    for (const [i, slots] of groups.entries()) {
      const tokens = room?.[i] ?? Math.max(...slots.map((slot) => this.length(slot))) + 1;
      const capacity = capacityFor(tokens);
      const pools = slots.map((slot) => this.places.get(slot)!.pool);
      const members = (pool: KvPool): number => pools.filter((other) => other === pool).length;
      const candidates = [...free].filter((pool) => pool.maxRows >= slots.length);
      const best = candidates.toSorted((a, b) => members(b) - members(a))[0];
      const pool = best ?? this.growingPool(this.options.maxRows, capacity);
      free.delete(pool);
      for (const [slot, place] of this.places) if (place.pool === pool && !slots.includes(slot)) this.moveOut(slot);
      if (pool.capacity < tokens || pool.capacity > TOLERANCE * capacity) pool.resize(capacity);
      this.sharedPools.add(pool);
      for (const slot of slots) this.moveTo(pool, slot);
    }
    for (const pool of free) {
      pool.release();
      this.sharedPools.delete(pool);
    }
  }

  /** Gives a slot that does not decode any more memory of its own. */
  private park(slot: number): void {
    const { pool } = this.places.get(slot)!;
    if (pool.rows === 1) this.sharedPools.delete(pool);
    else this.moveOut(slot);
  }

  private moveOut(slot: number): void {
    const place = this.places.get(slot)!;
    const pool = new KvPool(this.options, this.options.minRows, place.pool.length(place.row));
    pool.add(place);
    this.removeRow(place);
    this.places.set(slot, { pool, row: 0 });
  }

  private moveTo(pool: KvPool, slot: number): void {
    const place = this.places.get(slot)!;
    if (place.pool === pool) return;
    const row = pool.add(place);
    this.removeRow(place);
    this.places.set(slot, { pool, row });
  }

  private removeRow({ pool, row }: Place): void {
    const last = pool.rows - 1;
    pool.remove(row);
    for (const place of this.places.values()) if (place.pool === pool && place.row === last) place.row = row;
  }
}
