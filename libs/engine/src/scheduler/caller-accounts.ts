/** Engine time that a caller may be ahead of others: about a chunk. */
export const MAX_LEAD_MS = 50;

interface Account {
  /** Engine time that the caller has had, in milliseconds. */
  servedMs: number;
  /** Sequences of the caller that have not ended. */
  sequences: number;
}

/**
 * The engine time of each caller that has sequences which have not ended. The caller served least comes first (Virtual Token Counter,
 * https://arxiv.org/abs/2401.00588, with measured time in place of tokens: what a token costs depends on the batch).
 */
export class CallerAccounts {
  private readonly accounts = new Map<string, Account>();
  private allMs = 0;
  /** The least time that a caller was served; `undefined` while it has to be looked for. */
  private known: number | undefined;

  /** Engine time of all callers together, those that have gone included. */
  get totalMs(): number {
    return this.allMs;
  }

  /** Callers with sequences that have not ended. */
  get size(): number {
    return this.accounts.size;
  }

  /** Notes a new sequence. A caller that comes back begins where the least served one is: idle time earns nothing. */
  register(caller: string): void {
    const account = this.accounts.get(caller);
    if (account) account.sequences++;
    else this.accounts.set(caller, { servedMs: this.leastMs(), sequences: 1 });
  }

  /** Notes that a sequence has ended. */
  unregister(caller: string): void {
    const account = this.account(caller);
    if (--account.sequences > 0) return;
    this.accounts.delete(caller);
    this.known = undefined;
  }

  charge(caller: string, durationMs: number): void {
    this.account(caller).servedMs += durationMs;
    this.allMs += durationMs;
    this.known = undefined;
  }

  servedMs(caller: string): number {
    return this.account(caller).servedMs;
  }

  /** True if a caller has had noticeably more time than the one that has had least. */
  isAhead(caller: string): boolean {
    return this.servedMs(caller) > this.leastMs() + MAX_LEAD_MS;
  }

  private leastMs(): number {
    if (this.known !== undefined) return this.known;
    let least = Infinity;
    for (const { servedMs } of this.accounts.values()) least = Math.min(least, servedMs);
    this.known = least === Infinity ? 0 : least;
    return this.known;
  }

  private account(caller: string): Account {
    const account = this.accounts.get(caller);
    if (!account) throw new Error(`Bug: the caller "${caller}" has no sequence.`);
    return account;
  }
}
