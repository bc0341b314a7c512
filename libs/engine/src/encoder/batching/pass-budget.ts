/** Tokens of the first pass at most. */
const FIRST_TOKENS = 512;
const MIN_TOKENS = 32;
/** No processor is as fast; clocks may be coarse. */
const MIN_MS_PER_TOKEN = 1e-3;
/** The weight of older passes against the newest one. */
const DECAY = 0.9;

/** The tokens that a pass may have, so that it takes about as long as it should: by the time that the last ones took. */
export class PassBudget {
  private ms = 0;
  private spent = 0;

  /** @param passMs the time that a pass should take */
  constructor(private readonly passMs: number) {}

  /** Tokens of the next pass at most. */
  get tokens(): number {
    return this.spent === 0 ? FIRST_TOKENS : Math.max(MIN_TOKENS, Math.floor(this.passMs / this.msPerToken));
  }

  /** The time that a token takes. */
  get msPerToken(): number {
    return this.spent === 0 ? this.passMs / FIRST_TOKENS : Math.max(MIN_MS_PER_TOKEN, this.ms / this.spent);
  }

  /** Notes a pass. */
  observe(tokens: number, passMs: number): void {
    this.ms = DECAY * this.ms + passMs;
    this.spent = DECAY * this.spent + tokens;
  }
}
