import { describe, expect, it } from 'vitest';
import { buildProgress } from './build-progress.js';

describe(buildProgress, () => {
  it('is silent for three seconds, and then speaks every ten', () => {
    let ms = 1000;
    const lines: string[] = [];
    const onLayer = buildProgress(
      (line) => lines.push(line),
      () => ms,
    );
    for (let layer = 1; layer <= 30; layer++) {
      ms += 1000;
      onLayer(layer, 30);
    }
    expect(lines).toEqual([3, 13, 23].map((layers) => `Its graph is being built: ${layers} of 30 layers.`));
  });
});
