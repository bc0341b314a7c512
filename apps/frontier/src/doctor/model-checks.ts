import { inspectModel, type InspectionStep } from '@frontier/engine/inspection';
import type { Precision } from '@frontier/engine';
import type { Variables } from '../cli/context.js';
import { cacheFolder } from '../cli/folders.js';
import { localModel } from '../serve/local-model.js';
import { type Check, fail, ok, warn } from './check.js';

/** Sequences of a batch, as the server has them by default. */
const BATCH = 32;

const NAMES: Readonly<Record<InspectionStep, string>> = {
  files: 'files',
  architecture: 'architecture',
  text: 'tokenizer',
  memory: 'memory',
  load: 'loads',
};

/** Advice for each failed step; the engine's message names the fault. */
const ADVICE: Readonly<Record<InspectionStep, string>> = {
  files: 'download it as a whole: frontier pull hf:org/name; or name one .gguf or .onnx file',
  architecture: 'take a model of another kind; frontier doctor --supported lists what is served',
  text: 'put the tokenizer.json of its repository beside it: frontier pull hf:org/name',
  memory: 'take --precision int8 or int4, a smaller model, or a machine with more memory',
  load: 'download it again: frontier pull hf:org/name; frontier doctor --supported lists what is served',
};

/**
 * Checks a model with the code that serves it, until a step fails. The last step loads it, so that `frontier serve` finds its graph.
 * @param text as `frontier serve` takes it
 * @throws where there is no such model
 */
export async function* modelChecks(text: string, given: Precision | undefined, env: Variables): AsyncGenerator<Check> {
  const model = localModel(text, env);
  const { path } = model;
  const precision = given ?? model.precision;
  const graphCache = env.GRAPH_CACHE_DIR || cacheFolder(env, 'graphs');
  const options = { path, maxBatchSize: BATCH, graphCache, ...(precision && { precision }) };
  for await (const { step, found, isFailure, warnings } of inspectModel(options)) {
    const name = NAMES[step];
    yield isFailure ? fail(name, found, ADVICE[step]) : ok(name, found);
    for (const warning of warnings) yield warn(name, warning, 'nothing, where that is meant; it is served so');
  }
}
