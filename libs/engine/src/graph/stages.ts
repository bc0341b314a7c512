/** Stages of a pass at most: each takes about 20 us more, which one token with a small model is 9 ms of. */
const MAX_STAGES = 8;

/** Layers of a model that a pass computes together: from the first up to the last, which is not one of them. */
export interface Stage {
  from: number;
  to: number;
}

/** The stages of a model, where passes are divided into such. */
export function stagesOf(layers: number): Stage[] {
  const layersOfStage = Math.ceil(layers / MAX_STAGES);
  const stages: Stage[] = [];
  for (let from = 0; from < layers; from += layersOfStage) {
    stages.push({ from, to: Math.min(from + layersOfStage, layers) });
  }
  return stages;
}
