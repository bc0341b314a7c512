import { pathToFileURL } from 'node:url';
import { ASSETS } from './assets.ts';

/** The part of node-llama-cpp that the tests use; it is not installed where types are checked. */
interface LlamaModule {
  getLlama(options: object): Promise<Llama>;
}

interface Llama {
  llamaCppRelease: { release: string };
  systemInfo: string;
  loadModel(options: object): Promise<LlamaModel>;
}

/** A model in memory. */
export interface LlamaModel {
  tokenize(text: string, specialTokens: boolean): number[];
  createContext(options: object): Promise<LlamaContext>;
}

/** A cache of keys and values for so many sequences. */
export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

/** What is asked for after a token. */
interface Wanted {
  generateNext: { token?: true; probabilities?: true; options: object };
}

type Input = number | [token: number, wanted: Wanted];

/** What follows a token. */
interface Next {
  token?: number;
  /** Largest first. */
  probabilities?: Map<number, number>;
}

/** One sequence of a context. */
export interface LlamaSequence {
  clearHistory(): Promise<void>;
  /** For each token what was asked for, or nothing. */
  controlledEvaluate(input: Input[]): Promise<({ next: Next } | undefined)[]>;
}

/** llama.cpp on the processor alone, in its prebuilt form; it neither builds nor downloads anything. */
export async function loadLlamaCpp(threads: number): Promise<Llama> {
  const { getLlama } = (await import(pathToFileURL(ASSETS.llamaCpp).href)) as LlamaModule;
  return getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'error',
    maxThreads: threads,
  });
}
