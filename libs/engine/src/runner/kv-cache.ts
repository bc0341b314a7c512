import { KvPool, type KvShape } from './kv-pool.js';
import { capacityFor, planPools } from './pool-plan.js';

export interface KvCacheOptions extends KvShape {
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
const TOLERANCE = 1.25;

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
      const pool = new KvPool(this.options, 1, capacity);
      this.places.set(slot, (place = { pool, row: pool.add() }));
    }
    if (this.sharedPools.has(place.pool)) throw new Error(`Bug: slot ${slot} decodes already.`);
    return place.pool;
  }

  /**
   * Arranges the slots of the next decode pass, with room for a token more in each. Slots that decoded before and are
   * not among them get memory of their own.
   * @returns pools with the slots in their rows
   */
  arrange(slots: readonly number[]): Map<KvPool, number[]> {
    const needs = slots.map((slot) => this.length(slot) + 1);
    const plan = planPools(needs, this.options.passTokens);
    if (!this.isGoodEnough(slots, plan, needs)) {
      this.apply(plan.map((group) => ({ slots: group.map((i) => slots[i]), tokens: needs[group.at(-1)!] })));
    }
    const arrangement = new Map<KvPool, number[]>([...this.sharedPools].map((pool) => [pool, []]));
    for (const slot of slots) {
      const { pool, row } = this.places.get(slot)!;
      arrangement.get(pool)![row] = slot;
    }
    return arrangement;
  }

  /** Makes `to` a copy of `from`. */
  copy(from: number, to: number): void {
    const place = this.places.get(from)!;
    const pool = new KvPool(this.options, 1, place.pool.length(place.row));
    pool.add(place);
    this.places.set(to, { pool, row: 0 });
  }

  /** Empties a slot; one that is not in use stays so. */
  free(slot: number): void {
    const place = this.places.get(slot);
    if (!place) return;
    if (this.sharedPools.has(place.pool)) this.removeRow(place);
    else place.pool.release();
    this.places.delete(slot);
  }

  private isGoodEnough(slots: readonly number[], plan: number[][], needs: readonly number[]): boolean {
    const { passTokens } = this.options;
    const rows = [...this.sharedPools].reduce((sum, pool) => sum + pool.rows, 0);
    if (rows !== slots.length) return false;
    const fits = slots.every((slot, i) => {
      const { pool } = this.places.get(slot)!;
      return this.sharedPools.has(pool) && needs[i] <= pool.capacity;
    });
    if (!fits) return false;
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
      const members = (pool: KvPool): number =>
        slots.reduce((count, slot) => count + (this.places.get(slot)!.pool === pool ? 1 : 0), 0);
      const best = [...free].toSorted((a, b) => members(b) - members(a))[0];
      const pool = best ?? new KvPool(this.options, this.options.maxRows, capacity);
      free.delete(pool);
      for (const [slot, place] of this.places) if (place.pool === pool && !slots.includes(slot)) this.park(slot);
      if (pool.capacity < tokens || pool.capacity > TOLERANCE * capacity) pool.resize(capacity);
      this.sharedPools.add(pool);
      for (const slot of slots) this.moveTo(pool, slot);
    }
    for (const pool of free) {
      pool.release();
      this.sharedPools.delete(pool);
    }
  }

  /** Takes a slot out of its shared pool, to memory of its own. */
  private park(slot: number): void {
    const place = this.places.get(slot)!;
    const pool = new KvPool(this.options, 1, place.pool.length(place.row));
    pool.add(place);
    this.removeRow(place);
    this.places.set(slot, { pool, row: 0 });
  }

  private moveTo(pool: KvPool, slot: number): void {
    const place = this.places.get(slot)!;
    if (place.pool === pool) return;
    const row = pool.add(place);
    if (this.sharedPools.has(place.pool)) this.removeRow(place);
    else place.pool.release();
    this.places.set(slot, { pool, row });
  }

  private removeRow({ pool, row }: Place): void {
    const last = pool.rows - 1;
    pool.remove(row);
    for (const place of this.places.values()) if (place.pool === pool && place.row === last) place.row = row;
  }
}
