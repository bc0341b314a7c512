import { setImmediate } from 'node:timers/promises';
import { EncoderEngine } from '../encoder/batching/encoder-engine.js';
import type { EncoderRequest } from '../encoder/encoder-types.js';
import { asRequestError, engineError } from '../errors/engine.errors.js';
import { loadEncoder } from '../load/load-encoder.js';
import type { LoadedEncoder } from '../load/loaded-encoder.js';
import type { EncoderModelInfo, EngineEvent, EngineProcessOptions } from './protocol.js';
import { Waker } from './waker.js';

/** Tokens of the text that warms up; every vocabulary has a token 0. */
const WARM_UP_TOKENS = 16;

/** The engine of an encoder, in its process. */
export class EncodingWorker {
  private looping = false;
  private readonly waker = new Waker();

  private constructor(
    private readonly engine: EncoderEngine,
    readonly info: EncoderModelInfo,
    private readonly send: (event: EngineEvent) => void,
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
    return new EncodingWorker(engine, info, send);
  }

  encode(request: EncoderRequest): void {
    try {
      this.engine.add(request);
      this.waker.wake();
      if (!this.looping) void this.loop();
    } catch (error) {
      this.send({ type: 'rejected', id: request.id, error: asRequestError(error).serialize() });
    }
  }

  cancel(id: string): void {
    this.engine.cancel(id, () => this.send({ type: 'removed', id }));
    this.waker.wake();
  }

  private async loop(): Promise<void> {
    const { engine, send } = this;
    this.looping = true;
    while (engine.hasWork) {
      // A pass blocks the event loop: requests that came meanwhile are taken before the next one.
      await setImmediate();
      const waitMs = (engine.nextStepAt ?? 0) - performance.now();
      if (waitMs > 0) {
        await this.waker.sleep(waitMs);
        continue;
      }
      const report = await engine.step();
      if (report) send({ type: 'encoded', report });
    }
    this.looping = false;
    send({ type: 'idle' });
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
