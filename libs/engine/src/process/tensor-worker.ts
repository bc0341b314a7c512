import { setImmediate } from 'node:timers/promises';
import { asRequestError } from '../errors/engine.errors.js';
import { loadTensorModel } from '../load/load-tensor-model.js';
import { TensorEngine } from '../tensors/tensor-engine.js';
import type { TensorRequest } from '../tensors/tensor.js';
import type { EngineEvent, EngineProcessOptions, TensorModelInfo } from './protocol.js';
import { Waker } from './waker.js';

/** The engine of a model of tensors, in its process. */
export class TensorWorker {
  private looping = false;
  private readonly waker = new Waker();

  private constructor(
    private readonly engine: TensorEngine,
    readonly info: TensorModelInfo,
    private readonly send: (event: EngineEvent) => void,
  ) {}

  /** @throws as `loadTensorModel` */
  static async load(
    options: EngineProcessOptions,
    _onLayer: (layers: number, of: number) => void,
    send: (event: EngineEvent) => void,
  ): Promise<TensorWorker> {
    const startedAt = performance.now();
    const { runner, architecture, fingerprint, warnings } = await loadTensorModel(options);
    const info: TensorModelInfo = {
      kind: 'tensor',
      ...runner.signature,
      architecture,
      loadMs: performance.now() - startedAt,
      provider: options.provider?.name ?? 'cpu',
      graphOrigin: 'file',
      warnings,
      fingerprint,
    };
    const onStart = (ids: readonly string[]): void => send({ type: 'began', ids });
    return new TensorWorker(new TensorEngine(runner, options, onStart), info, send);
  }

  run(request: TensorRequest): void {
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
      if (report) send({ type: 'ran', report });
    }
    this.looping = false;
    send({ type: 'idle' });
  }
}
