import { expect, it } from 'vitest';
import { stagesOf } from '../graph/stages.js';
import { KvPool } from './kv-pool.js';

it('takes the stages of a pass one after the other, whatever number of layers a model has', () => {
  for (let layers = 1; layers <= 160; layers++) {
    const pool = new KvPool({ layers, kvHeads: 3, headDim: 2 }, 1, 8);
    pool.add();
    for (const { from, to } of stagesOf(layers)) {
      expect(pool.length(0)).toBe(0);
      pool.append(5, new Float32Array(5 * (to - from) * 2 * 3 * 2).fill(to), [0], from);
    }
    expect(pool.length(0)).toBe(5);
    const written = pool.keys.map((array) => array[0]);
    expect(written).toEqual(stagesOf(layers).flatMap(({ from, to }) => Array.from({ length: to - from }, () => to)));
  }
});
