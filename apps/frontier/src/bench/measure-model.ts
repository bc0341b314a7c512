import { DEFAULT_SAMPLING_PARAMS, Engine, type LoadedModel } from '@frontier/engine';

/** One figure of a model. */
export interface BenchRow {
  what: 'decode' | 'prompt';
  streams: number;
  tokensPerSecond: number;
  /** Milliseconds of a pass, median. */
  p50Ms: number;
}

interface MeasureOptions {
  streams: number;
  /** Duration of the measurement. */
  seconds: number;
  /** Tokens of the context. */
  contextLength: number;
}

const PROMPT_TOKENS = 256;
const MAX_NEW_TOKENS = 128;
/** The first ids of a vocabulary are often special. */
const FIRST_TOKEN = 10;

/** Measures tokens per second of full decode passes, with random prompts, which no cache has. */
export async function measureDecode(model: LoadedModel, options: MeasureOptions): Promise<BenchRow> {
  const { streams, seconds, contextLength } = options;
  const newTokens = Math.min(MAX_NEW_TOKENS, Math.floor(contextLength / 2));
  const passes: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || passes.length === 0) {
    const engine = begin(model, streams, 8, newTokens);
    while (engine.hasWork) {
      const startedAt = performance.now();
      const report = await engine.step();
      const ms = performance.now() - startedAt;
      if (report?.kind === 'decode' && report.tokens === streams) passes.push(ms);
      if (performance.now() > end && passes.length > 0) break;
    }
  }
  const total = passes.reduce((sum, ms) => sum + ms, 0);
  return { what: 'decode', streams, tokensPerSecond: (1000 * streams * passes.length) / total, p50Ms: median(passes) };
}

/** Measures prompt tokens per second, with one prompt for each stream at once. */
export async function measurePrompt(model: LoadedModel, options: MeasureOptions): Promise<BenchRow> {
  const { streams, seconds, contextLength } = options;
  const length = Math.min(PROMPT_TOKENS, Math.floor(contextLength / 2));
  const passes: number[] = [];
  let tokens = 0;
  let totalMs = 0;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || totalMs === 0) {
    const engine = begin(model, streams, length, 1);
    const startedAt = performance.now();
    while (engine.hasWork) {
      const passAt = performance.now();
      await engine.step();
      passes.push(performance.now() - passAt);
    }
    totalMs += performance.now() - startedAt;
    tokens += streams * length;
  }
  return { what: 'prompt', streams, tokensPerSecond: (1000 * tokens) / totalMs, p50Ms: median(passes) };
}

function begin(model: LoadedModel, streams: number, promptTokens: number, maxNewTokens: number): Engine {
  const engine = new Engine(model);
  const { vocabSize } = model.config;
  const params = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens, ignoreEos: true };
  for (let i = 0; i < streams; i++) {
    const prompt = Int32Array.from(
      { length: promptTokens },
      () => FIRST_TOKEN + Math.floor(Math.random() * (vocabSize - FIRST_TOKEN)),
    );
    engine.add({ id: String(i), prompt, params });
  }
  return engine;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
