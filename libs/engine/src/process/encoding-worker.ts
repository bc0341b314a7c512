import { EncoderEngine } from '../encoder/batching/encoder-engine.js';
import type { EncoderRequest, EncoderStepReport } from '../encoder/encoder-types.js';
import { engineError } from '../errors/engine.errors.js';
import { loadEncoder } from '../load/load-encoder.js';
import type { LoadedEncoder } from '../load/loaded-encoder.js';
import type { EncoderModelInfo, EngineEvent, EngineProcessOptions } from './protocol.js';
import { PassLoop } from './pass-loop.js';

/** Tokens of the text that warms up; every vocabulary has a token 0. */
const WARM_UP_TOKENS = 16;

/** The engine of an encoder, in its process. */
export class EncodingWorker {
  private constructor(
    readonly info: EncoderModelInfo,
    private readonly passes: PassLoop<EncoderRequest, EncoderStepReport>,
  ) {}

  /** @throws as `loadEncoder`, and `engine_error` where the warm-up fails */
  static async load(
    options: EngineProcessOptions,
    onLayer: (layers: number, of: number) => void,
    send: (event: EngineEvent) => void,
  ): Promise<EncodingWorker> {
    const startedAt = performance.now();
    const model = await loadEncoder(options, onLayer);
    await warmUp(model);
    const { config, vocabSize, facts, precision, outputs, maxTokens, provider, graphOrigin, warnings, fingerprint } =
      model;
    const engine = new EncoderEngine(model, options);
    const info: EncoderModelInfo = {
      kind: 'encoder',
      ...facts,
      pooling: outputs.pooling,
      precision,
      outputSize: outputs.outputSize,
      isNormalized: outputs.isNormalized,
      maxTokens,
      architecture: config.architecture,
      vocabSize,
      loadMs: performance.now() - startedAt,
      provider,
      graphOrigin,
      warnings,
      fingerprint,
    };
    return new EncodingWorker(info, new PassLoop(engine, send, (report) => ({ type: 'encoded', report })));
  }

  encode(request: EncoderRequest): void {
    this.passes.add(request);
  }

  cancel(id: string): void {
    this.passes.cancel(id);
  }
}

/** Allocates the runtime's arena, so that callers need not wait for that. */
async function warmUp({ runner, maxTokens }: LoadedEncoder): Promise<void> {
  try {
    await runner.encode([{ tokens: new Int32Array(Math.min(WARM_UP_TOKENS, maxTokens)) }]);
  } catch (error) {
    throw engineError('The warm-up failed.', error);
  }
}
