import type { GraphBuilder } from '../graph-builder.js';

/** Small values of a graph that several layers use, each made once. */
export class SharedValues {
  private readonly made = new Map<string, string>();

  constructor(private readonly graph: GraphBuilder) {}

  /** A float32 number. */
  scalar(name: string, value: number): string {
    return this.once(name, () => this.graph.constant(name, Float32Array.of(value), []));
  }

  /** A row of whole numbers, as of a shape or of axes. */
  int64(name: string, values: number[]): string {
    return this.once(name, () => this.graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]));
  }

  /** The result of `create`, which is called once for each name. */
  once(name: string, create: () => string): string {
    const known = this.made.get(name);
    if (known !== undefined) return known;
    const created = create();
    this.made.set(name, created);
    return created;
  }
}
