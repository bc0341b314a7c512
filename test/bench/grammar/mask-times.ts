import { JsonConstraints } from '../../../libs/engine/dist/grammar/json-constraints.js';
import type { SuiteSchema } from './suite-files.ts';
import { Vocabulary } from './vocabulary.ts';

/** Times of masks along the valid instances of schemas, as an engine makes them: one constraint for each answer. */
export class MaskTimes {
  readonly times: number[] = [];
  private readonly vocabulary = new Vocabulary(49_152);
  private readonly constraints = new JsonConstraints(this.vocabulary.size, this.vocabulary.bytesOf);
  private readonly logits = new Float32Array(this.vocabulary.size);

  private readonly every: number;

  /** @param every of so many schemas one is timed */
  constructor(every: number) {
    this.every = every;
  }

  add({ schema, instances }: SuiteSchema, number: number): void {
    if (number % this.every !== 0) return;
    for (const { data } of instances.filter(({ valid }) => valid)) {
      const [constraint] = this.constraints.make(schema as never, 1);
      for (const token of this.vocabulary.cut(JSON.stringify(data))) {
        const before = performance.now();
        constraint.mask(this.logits);
        this.times.push(performance.now() - before);
        if (!constraint.allows(token)) break;
        constraint.accept(token);
      }
    }
  }
}
