import { KvPool, type KvShape } from './kv-pool.js';
import type { Arrangement } from './model-runner.js';
import { capacityFor, planPools } from './pool-plan.js';

export interface KvCacheOptions extends KvShape {
  /** Rows that a pool has room for at least. */
  minRows: number;
  /** Sequences that share a pass at most. */
  maxRows: number;
  /** The weights' size, in tokens of cache: what a pass more costs. */
  passTokens: number;
}

/** Where a slot's keys and values are. */
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
      const pool = new KvPool(this.options, this.options.minRows, capacity);
      this.places.set(slot, (place = { pool, row: pool.add() }));
    }
    if (this.sharedPools.has(place.pool)) throw new Error(`Bug: slot ${slot} decodes already.`);
    return place.pool;
  }

  /**
   * Arranges slots for decoding, with room for a token more in each. Slots that decoded before and are not among them
   * get memory of their own.
   */
  arrange(slots: readonly number[]): Arrangement {
    // One that begins to decode does so alone, unless that reads too much.
    for (const slot of slots) this.sharedPools.add(this.places.get(slot)!.pool);
    const needs = slots.map((slot) => this.length(slot) + 1);
    const plan = planPools(needs, this.options.passTokens);
    const moved = !this.isGoodEnough(slots, plan, needs);
    if (moved) this.apply(plan.map((group) => ({ slots: group.map((i) => slots[i]), tokens: needs[group.at(-1)!] })));
    return { groups: [...this.sharedPools].map((pool) => this.slotsOf(pool)), moved };
  }

  /** The pool of a group of the last arrangement, and its slots in the order of their rows. */
  group(slots: readonly number[]): { pool: KvPool; slots: number[] } {
    const { pool } = this.places.get(slots[0])!;
    const byRow = this.slotsOf(pool);
    if (byRow.length !== slots.length || slots.some((slot) => !byRow.includes(slot))) {
      throw new Error(`Bug: slots ${slots.join(', ')} are decoded, but ${byRow.join(', ')} were arranged together.`);
    }
    return { pool, slots: byRow };
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

  private slotsOf(pool: KvPool): number[] {
    const slots: number[] = [];
    for (const [slot, place] of this.places) if (place.pool === pool) slots[place.row] = slot;
    return slots;
  }

  private isGoodEnough(slots: readonly number[], plan: number[][], needs: readonly number[]): boolean {
    const { passTokens } = this.options;
    const rows = [...this.sharedPools].reduce((sum, pool) => sum + pool.rows, 0);
    if (rows !== slots.length) return false;
    if (slots.some((slot, i) => needs[i] > this.places.get(slot)!.pool.capacity)) return false;
    const cost = [...this.sharedPools].reduce((sum, pool) => sum + pool.rows * pool.capacity + passTokens, 0);
    const best = plan.reduce((sum, g) => sum + g.length * capacityFor(needs[g.at(-1)!]) + passTokens, 0);
    return cost <= TOLERANCE * best;
  }

  /** Each group takes the pool that holds most of it already, resized if need be, or a new one. */
  private apply(groups: readonly { slots: number[]; tokens: number }[]): void {
    const decoding = new Set(groups.flatMap(({ slots }) => slots));
    for (const [slot, { pool }] of this.places) {
      if (this.sharedPools.has(pool) && !decoding.has(slot)) this.park(slot);
    }
    const free = new Set(this.sharedPools);
    for (const { slots, tokens } of groups) {
      const capacity = capacityFor(tokens);
      const pools = slots.map((slot) => this.places.get(slot)!.pool);
      const members = (pool: KvPool): number => pools.filter((other) => other === pool).length;
      const candidates = [...free].filter((pool) => pool.maxRows >= slots.length);
      const best = candidates.toSorted((a, b) => members(b) - members(a))[0];
      const pool = best ?? new KvPool(this.options, this.options.maxRows, capacity);
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
