import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigReader } from '../../model/config-reader.js';
import { readRope } from '../../model/rope/read-rope.js';
import { rotaryFrequencies } from './rotary-frequencies.js';

interface GoldenRope {
  name: string;
  config: Record<string, unknown> & { hidden_size: number; num_attention_heads: number };
  contextLength: number;
  frequencies: number[];
  attentionFactor: number;
}

const FILE = join(import.meta.dirname, '../../../../../test/goldens/families.json');
const { ropes } = JSON.parse(readFileSync(FILE, 'utf8')) as { ropes: GoldenRope[] };

describe(rotaryFrequencies, () => {
  it.each(ropes)('has the frequencies of transformers: $name', (golden) => {
    const { config, contextLength } = golden;
    const reader = new ConfigReader('config.json', config);
    const headDim = config.hidden_size / config.num_attention_heads;
    const maxPositions = reader.size('max_position_embeddings');
    const rope = readRope(reader, { headDim, maxPositions }, 'partial');
    const ratios = [...rotaryFrequencies(rope, contextLength)].map((value, i) => value / golden.frequencies[i]);
    expect(ratios).toHaveLength(rope.dimensions / 2);
    for (const ratio of ratios) expect(ratio).toBeCloseTo(1, 5);
    const factor = 'attentionFactor' in rope.scaling ? rope.scaling.attentionFactor : 1;
    expect(factor).toBeCloseTo(golden.attentionFactor, 12);
  });
});
