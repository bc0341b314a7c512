import { setImmediate } from 'node:timers/promises';
import { Engine } from '../engine/engine.js';
import { asRequestError, engineError } from '../errors/engine.errors.js';
import { loadModel } from '../load/load-model.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import type { EngineEvent, EngineProcessOptions, ModelInfo } from './protocol.js';

/** Every vocabulary has a token 0. */
const WARM_UP_PROMPT = [0, 0, 0, 0];

/** The engine of a model that generates, in its process. */
export class GenerationWorker {
  private looping = false;

  private constructor(
    private readonly engine: Engine,
    readonly info: ModelInfo,
    private readonly send: (event: EngineEvent) => void,
  ) {}

  /** @throws as `loadModel`, and `engine_error` where the warm-up fails */
  static async load(
    options: EngineProcessOptions,
    onLayer: (layers: number, of: number) => void,
    send: (event: EngineEvent) => void,
  ): Promise<GenerationWorker> {
    const startedAt = performance.now();
    const model = await loadModel(options, onLayer);
    const engine = new Engine(model, options);
    await warmUp(engine, options.path);
    const { provider, precision, graphOrigin, warnings, fingerprint, defaults = {}, plugin, config } = model;
    const info: ModelInfo = {
      kind: 'decoder',
      architecture: config.architecture,
      contextLength: engine.contextLength,
      prefixCacheBytes: engine.prefixCacheBytes,
      vocabSize: config.vocabSize,
      loadMs: performance.now() - startedAt,
      provider,
      precision,
      graphOrigin,
      warnings,
      fingerprint,
      defaults,
      ...(plugin && { logitsProcessors: Object.keys(plugin.logitsProcessors ?? {}) }),
    };
    return new GenerationWorker(engine, info, send);
  }

  submit(request: GenerationRequest): void {
    try {
      this.engine.add(request);
      if (!this.looping) void this.loop();
    } catch (error) {
      this.send({ type: 'rejected', id: request.id, error: asRequestError(error).serialize() });
    }
  }

  cancel(id: string): void {
    this.engine.cancel(id, () => this.send({ type: 'removed', id }));
  }

  /** `session.run` yields to the event loop before each pass, so commands are taken between any two passes. */
  private async loop(): Promise<void> {
    const { engine, send } = this;
    this.looping = true;
    while (engine.hasWork) {
      const report = await engine.step();
      if (report) {
        for (const { error } of report.outputs)
          if (error?.code === 'plugin_failed') process.stdout.write(`${error.message}\n`);
        send({ type: 'step', report });
      } else await setImmediate();
    }
    this.looping = false;
    send({ type: 'idle' });
  }
}

/** Allocates the runtime's arena and compiles the hot functions, so that callers need not wait for that. */
async function warmUp(target: Engine, path: string): Promise<void> {
  // Where not even this prompt fits, there is nothing to warm up.
  if (target.contextLength <= WARM_UP_PROMPT.length) return;
  target.add({ id: 'warm-up', prompt: WARM_UP_PROMPT, params: { maxNewTokens: 8, ignoreEos: true } });
  while (target.hasWork) {
    const failure = (await target.step())?.outputs.find((output) => output.error)?.error;
    if (!failure) continue;
    throw engineError(
      `The warm-up of the model in ${path} failed: ${failure.message} Its weights may be damaged: download it again.`,
    );
  }
}
