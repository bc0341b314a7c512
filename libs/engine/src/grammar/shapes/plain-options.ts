import type { PlainShape, Shape } from './shape.js';

/** Finds what shapes may be, without choices. */
export class PlainOptions {
  private readonly known = new Map<Shape, readonly PlainShape[]>();

  /** @param onStep called for each choice that is looked at */
  constructor(private readonly onStep: () => void) {}

  of(shape: Shape): readonly PlainShape[] {
    if (shape.kind !== 'choice') return [shape];
    const known = this.known.get(shape);
    if (known) return known;
    const found: PlainShape[] = [];
    // A set goes on to what is added to it meanwhile.
    const seen = new Set<Shape>([shape]);
    for (const option of seen) {
      if (option.kind !== 'choice') {
        found.push(option);
        continue;
      }
      for (const inner of option.options) {
        this.onStep();
        if (!inner.isEndless) seen.add(inner);
      }
    }
    this.known.set(shape, found);
    return found;
  }
}
