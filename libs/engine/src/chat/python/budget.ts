import { TemplateTooExpensive } from './chat-template.errors.js';

/**
 * Upper bounds of one rendering. A step is a statement, an operation, a call or an element of a list; characters are those written,
 * produced and searched.
 */
export interface RenderLimits {
  maxSteps?: number;
  maxCharacters?: number;
}

/** Qwen3's template takes 300,000 steps and 2 million characters for 4,096 messages; spending all takes one or two seconds. */
const MAX_STEPS = 4_000_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Work that a rendering may still do. Charged before the work is done, so that little is allocated for what is refused. */
export class Budget {
  readonly #maxCharacters: number;
  #steps: number;
  #characters: number;

  constructor({ maxSteps = MAX_STEPS, maxCharacters = MAX_CHARACTERS }: RenderLimits = {}) {
    this.#maxCharacters = maxCharacters;
    this.#steps = maxSteps;
    this.#characters = maxCharacters;
  }

  steps(count: number): void {
    if ((this.#steps -= count) < 0) throw new TemplateTooExpensive('The chat template takes too many steps.');
  }

  characters(count: number): void {
    if ((this.#characters -= count) < 0) throw new TemplateTooExpensive('The chat template handles too much text.');
  }

  /**
   * The price of joining two texts is the shorter one, since V8 keeps a rope; so a text that grows by pieces costs its pieces,
   * and one that doubles costs its size.
   */
  join(left: string, right: string): string {
    this.characters(Math.min(left.length, right.length));
    if (left.length + right.length > this.#maxCharacters) this.characters(Infinity);
    return left + right;
  }
}
