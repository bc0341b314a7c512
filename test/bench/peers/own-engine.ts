import { loadModel, type ModelConfig, type Precision } from '@frontier/engine';
import { EngineSpeed } from '../../real/support/engine-speed.ts';
import { perplexity } from '../../real/support/perplexity.ts';
import type { Contestant } from './contestant.ts';
import { CONTEXT_LENGTH, STREAMS } from './measures.ts';
import { Work } from './work.ts';

interface OwnOptions {
  id: string;
  name: string;
  /** Of a GGUF file. */
  path: string;
  precision: Precision;
  threads: number;
}

/** The engine of this repository, in this process. */
export async function startOwnEngine({ id, name, path, precision, threads }: OwnOptions): Promise<Contestant> {
  const shape = { maxBatchSize: STREAMS, contextLength: CONTEXT_LENGTH };
  const model = await loadModel({ path, precision, threads, ...shape });
  const speed = new EngineSpeed(model);
  return {
    id,
    name,
    decodeSteps: (...args) => speed.decodeSteps(...args),
    prefill: (...args) => speed.prefill(...args),
    closedLoop: (...args) => speed.closedLoop(...args),
    chat: (...args) => speed.chat(...args),
    perplexity: (windows) => perplexity(model.runner, windows),
    workOn: (machine) =>
      new Work(model.config as ModelConfig, { precision, hasOffsets: path.includes('Q4_1') }, machine),
    close: () => model.runner.release(),
  };
}
