import type { Budget } from '../python/budget.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { iterate, sizeOf } from '../python/iteration.js';
import { equals } from '../python/operators.js';
import { Callable, LoopValue, PyTuple, Undefined, type Value } from '../python/values.js';

/** The variable `loop`. Looks one item ahead only where it is asked about the next one, as Jinja's does. */
export class LoopContext extends LoopValue {
  index0 = -1;
  readonly #sized: Value | undefined;
  readonly #budget: Budget;
  #items: Iterator<Value>;
  #length?: number;
  #ahead?: IteratorResult<Value>;
  #previous?: Value;
  #current?: Value;
  #lastChanged?: PyTuple;

  /** @param filtered the items that a loop's own condition leaves; without them, those of the source */
  constructor(source: Value, budget: Budget, filtered?: Iterable<Value>) {
    super();
    this.#budget = budget;
    this.#sized = filtered ? undefined : source;
    this.#items = (filtered ?? iterate(source, budget))[Symbol.iterator]();
  }

  /** Goes to the next item; undefined at the end. */
  next(): Value | undefined {
    const result = this.#ahead ?? this.#items.next();
    this.#ahead = undefined;
    if (result.done) return undefined;
    this.index0++;
    this.#previous = this.#current;
    return (this.#current = result.value);
  }

  get length(): number {
    if (this.#length === undefined && this.#sized !== undefined) this.#length = sizeOf(this.#sized, this.#budget);
    if (this.#length === undefined) {
      const rest = [...{ [Symbol.iterator]: () => this.#items }];
      this.#budget.steps(rest.length);
      this.#items = rest[Symbol.iterator]();
      this.#length = rest.length + this.index0 + 1 + (this.#ahead && !this.#ahead.done ? 1 : 0);
    }
    return this.#length;
  }

  attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return this.index0 + 1;
      case 'index0':
        return this.index0;
      case 'revindex':
        return this.length - this.index0;
      case 'revindex0':
        return this.length - this.index0 - 1;
      case 'first':
        return this.index0 === 0;
      case 'last':
        return this.#peek().done === true;
      case 'length':
        return this.length;
      case 'depth':
        return 1;
      case 'depth0':
        return 0;
      case 'previtem':
        return this.index0 === 0 ? new Undefined('there is no previous item') : this.#previous;
      case 'nextitem': {
        const next = this.#peek();
        return next.done ? new Undefined('there is no next item') : next.value;
      }
      case 'cycle':
        return new Callable('cycle', ({ positional }) => {
          if (positional.length === 0) throw new TemplateFault('no items for cycling given');
          return positional[this.index0 % positional.length]!;
        });
      case 'changed':
        return new Callable('changed', ({ positional }) => {
          const values = new PyTuple(positional);
          if (this.#lastChanged && equals(this.#lastChanged, values, this.#budget)) return false;
          this.#lastChanged = values;
          return true;
        });
      default:
        return undefined;
    }
  }

  #peek(): IteratorResult<Value> {
    return (this.#ahead ??= this.#items.next());
  }
}
