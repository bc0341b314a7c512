import type { ModelConfig } from '../../model/model-config.js';
import type { RopeConfig } from '../../model/rope-config.js';
import type { ExternalDataFile, ExternalDataRange } from '../external-data-file.js';
import type { GraphBuilder } from '../graph-builder.js';
import { rotaryFrequencies } from './rotary-frequencies.js';
import { rotaryTables } from './rotary-tables.js';

const POSITIONS_AT_ONCE = 4096;

interface RotaryOptions {
  /** The rows of the tables: the longest sequence. */
  contextLength: number;
  /** int64 `[B, S]`: the position of each token in its sequence. */
  positionIds: string;
}

/** Adds rotary position embeddings to a graph, with one pair of tables for all layers that rotate alike. */
export class RotaryEmbedding {
  /** By {@link keyOf}. */
  private readonly tables = new Map<string, { cos: string; sin: string }>();
  private readonly positionIds: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    data: ExternalDataFile,
    { contextLength, positionIds }: RotaryOptions,
  ) {
    this.positionIds = positionIds;
    for (const rope of config.ropes) {
      if (rope === undefined || this.tables.has(keyOf(rope))) continue;
      const suffix = this.tables.size === 0 ? '' : `_${this.tables.size}`;
      const { cos, sin } = writeTables(rope, contextLength, data);
      const shape = [contextLength, rope.dimensions / 2];
      this.tables.set(keyOf(rope), {
        cos: graph.external(`rotary_cos${suffix}`, 'float32', shape, cos),
        sin: graph.external(`rotary_sin${suffix}`, 'float32', shape, sin),
      });
    }
  }

  /** @param queriesAndKeys `[B, S, (heads + kvHeads) * headDim]`, as the result */
  apply(layer: number, queriesAndKeys: string): string {
    const { heads, kvHeads, headDim, ropes } = this.config;
    const rope = ropes[layer];
    if (rope === undefined) return queriesAndKeys;
    const { cos, sin } = this.tables.get(keyOf(rope))!;
    const attributes = {
      num_heads: heads + kvHeads,
      // 0 is the whole head.
      rotary_embedding_dim: rope.dimensions === headDim ? 0 : rope.dimensions,
    };
    return this.graph.node('RotaryEmbedding', [queriesAndKeys, this.positionIds, cos, sin], {
      attributes,
      domain: 'com.microsoft',
    });
  }
}

/** Some positions at a time: tables of a long context take hundreds of megabytes. */
function writeTables(
  rope: RopeConfig,
  contextLength: number,
  data: ExternalDataFile,
): Record<'cos' | 'sin', ExternalDataRange> {
  const frequencies = rotaryFrequencies(rope, contextLength);
  const rowBytes = frequencies.length * Float32Array.BYTES_PER_ELEMENT;
  const [cos, sin] = [data.allocate(contextLength * rowBytes), data.allocate(contextLength * rowBytes)];
  for (let from = 0; from < contextLength; from += POSITIONS_AT_ONCE) {
    const to = Math.min(from + POSITIONS_AT_ONCE, contextLength);
    const tables = rotaryTables([from, to], frequencies, attentionFactorOf(rope));
    data.write(tables.cos, cos.offset + from * rowBytes);
    data.write(tables.sin, sin.offset + from * rowBytes);
  }
  return { cos, sin };
}

function keyOf(rope: RopeConfig): string {
  return JSON.stringify(rope);
}

function attentionFactorOf({ scaling }: RopeConfig): number {
  return 'attentionFactor' in scaling ? scaling.attentionFactor : 1;
}
