import { LlamaCpp } from '../../real/support/llama-cpp.ts';
import type { Contestant } from './contestant.ts';

interface LlamaCppOptions {
  id: string;
  /** Of a GGUF file. */
  path: string;
  /** The type of that file's weights. */
  type: string;
  threads: number;
}

/** llama.cpp, in a process of its own. */
export async function startLlamaCpp({ id, path, type, threads }: LlamaCppOptions): Promise<Contestant> {
  const llama = new LlamaCpp({ path, threads });
  return {
    id,
    name: `llama.cpp ${await llama.call('version')} ${type}`,
    decodeSteps: (...args) => llama.call('decodeSteps', ...args),
    prefill: (...args) => llama.call('prefill', ...args),
    closedLoop: (...args) => llama.call('closedLoop', ...args),
    chat: (...args) => llama.call('chat', ...args),
    perplexity: (...args) => llama.call('perplexity', ...args),
    close: () => llama.close(),
  };
}
