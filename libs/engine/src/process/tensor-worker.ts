import { loadTensorModel } from '../load/load-tensor-model.js';
import { TensorEngine } from '../tensors/tensor-engine.js';
import type { TensorRequest, TensorStepReport } from '../tensors/tensor.js';
import type { EngineEvent, EngineProcessOptions, TensorModelInfo } from './protocol.js';
import { PassLoop } from './pass-loop.js';

/** The engine of a model of tensors, in its process. */
export class TensorWorker {
  private constructor(
    readonly info: TensorModelInfo,
    private readonly passes: PassLoop<TensorRequest, TensorStepReport>,
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
    const engine = new TensorEngine(runner, options, onStart);
    return new TensorWorker(info, new PassLoop(engine, send, (report) => ({ type: 'ran', report })));
  }

  run(request: TensorRequest): void {
    this.passes.add(request);
  }

  cancel(id: string): void {
    this.passes.cancel(id);
  }
}
