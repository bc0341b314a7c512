import { type AnyModelInfo, bytesOf, isPermanentModelError, isTensorModel, type StepReport } from '@frontier/engine';
import { isHubReference } from '@frontier/engine/hub';
import { type AppError, type SerializedAppError, shuttingDown } from '@frontier/errors';
import { engineOutputChannel, type EngineState } from '../channels/engine-channels.js';
import { engineLost, modelUnavailable, otherTask } from '../generation/batching.errors.js';
import type { Deadline } from '../generation/deadline.js';
import type { Encoding } from '../generation/encoding.js';
import type { Generation } from '../generation/generation.js';
import type { TensorRun } from '../generation/tensor-run.js';
import type { ModelEngine, ModelEngineOptions } from './model-engine.js';
import { taskOf } from '../readiness/model-state.js';
import { ModelDownload } from '../model/model-download.js';
import { canDo, type ModelTask } from '../model/model-task.js';
import { type EngineProcess, EngineSupervisor, type EngineWorkEvent } from '../process/engine-supervisor.js';
import { type AdmissionRequest, EngineRequests } from '../queue/engine-requests.js';
import type { QueuedEncoding, QueuedRequest, QueuedTensors } from '../queue/queued-work.js';
import type { CostInputs, RequestCost } from '../queue/output-length-estimator.js';
import { ModelText } from '../text/model-text.js';
import { TextEngine } from '../text/text-engine.js';

/**
 * A model's engine in a process of its own, with text processes beside it. The model is ready when both are. A model whose
 * loading fails the same way twice has failed.
 */
export class ForkedEngine extends TextEngine implements ModelEngine {
  private currentState: EngineState = { phase: 'loading' };
  private readonly requests: EngineRequests;
  /** Set while the model is being downloaded. */
  private download: ModelDownload | undefined;
  /** `undefined` until the model is on this machine. */
  private supervisor: EngineSupervisor | undefined;
  protected text: ModelText | undefined;
  /** Set while the engine process has its model loaded. */
  private loaded: { process: EngineProcess; info: AnyModelInfo } | undefined;
  private knownTask: ModelTask | undefined;
  private lastLoadFailure: string | undefined;
  private lastReport: StepReport | undefined;

  /** Starts the processes, once the model is on this machine; its `state` becomes `ready`. */
  constructor(private readonly options: ModelEngineOptions) {
    super(options.name);
    const { name, queue, requestTimeoutMs, engine } = options;
    const { path, maxBatchSize } = engine;
    this.requests = new EngineRequests({ name, maxBatchSize, queue, requestTimeoutMs });
    if (isHubReference(path)) this.download = this.startDownload();
    else this.begin(path);
  }

  get state(): EngineState {
    return this.currentState;
  }

  get task(): ModelTask | undefined {
    return this.knownTask;
  }

  get pid(): number | undefined {
    return this.supervisor?.pid;
  }

  get restarts(): number {
    return this.supervisor?.restarts ?? 0;
  }

  get waiting(): number {
    return this.requests.waiting;
  }

  get unfinished(): number {
    return this.requests.unfinished;
  }

  get isSupervised(): boolean {
    return this.supervisor?.isSupervising ?? true;
  }

  /** The newest step of the engine. */
  get report(): StepReport | undefined {
    return this.lastReport;
  }

  get textPids(): number[] {
    return this.text?.pids ?? [];
  }

  get pids(): number[] {
    return [...(this.pid === undefined ? [] : [this.pid]), ...this.textPids];
  }

  estimateCost(request: CostInputs): RequestCost {
    return this.requests.estimateCost(request, this.info().contextLength);
  }

  estimateWaitMs(): number {
    return this.requests.estimateWaitMs();
  }

  reserve(request: AdmissionRequest, deadline: Deadline): () => void {
    return this.requests.reserve(request, deadline);
  }

  start(request: QueuedRequest, deadline: Deadline): Generation {
    const { prompt, params, n, caller } = request;
    const cost = this.estimateCost({ promptTokens: prompt.length, maxNewTokens: params.maxNewTokens, n, caller });
    return this.requests.start(request, cost, deadline);
  }

  startEncoding(request: QueuedEncoding, deadline: Deadline): Encoding {
    this.encoderInfo();
    const tokens = request.inputs.reduce((sum, input) => sum + input.tokens.length, 0);
    return this.requests.encode(request, this.requests.encodingCost(request, tokens), deadline);
  }

  startTensors(request: QueuedTensors, deadline: Deadline): TensorRun {
    this.tensorInfo();
    return this.requests.run(request, bytesOf(request.inputs), deadline);
  }

  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    this.requests.failAll(shuttingDown());
    await Promise.all([this.download?.stop(), this.supervisor?.stop(), this.text?.stop()]);
  }

  private startDownload(): ModelDownload {
    const { engine, hub } = this.options;
    return new ModelDownload(
      { reference: engine.path, dtype: engine.dtype, settings: hub },
      {
        onDownloaded: async (path) => {
          await this.options.admit?.(path);
          if (this.currentState.phase !== 'stopped') this.begin(path);
        },
        onFailed: (error) => this.fail(error.serialize()),
        onOutput: (line) => this.output(line),
        onProgress: (progress) => this.enter({ phase: 'loading', progress }),
      },
    );
  }

  /** @param path of the model on this machine */
  private begin(path: string): void {
    const { queue, hangTimeoutMs, engine, task } = this.options;
    const takesTensors = task === 'tensor' || isTensorModel(path, engine.dtype);
    this.download = undefined;
    this.text = takesTensors ? undefined : this.startText(path);
    // The engine's own queue has room for all requests that are admitted here, by shares twice as much as one caller may have, and for preempted ones.
    const maxWaiting = 2 * queue.maxRequests + engine.maxBatchSize;
    this.supervisor = new EngineSupervisor(
      { engine: { ...engine, path, maxWaiting, takesTensors }, hangTimeoutMs },
      {
        onLoaded: (process, info) => {
          if (!canDo(taskOf(info), task ?? taskOf(info))) return this.fail(otherTask(task!, taskOf(info)).serialize());
          this.loaded = { process, info };
          this.knownTask = taskOf(info);
          this.lastLoadFailure = undefined;
          this.onPartLoaded();
        },
        onLoadFailed: (error) => this.onLoadFailed(error),
        onEvent: (event) => this.onEvent(event),
        onExit: (reason) => this.onExit(reason),
        onOutput: (line) => this.output(line),
      },
    );
  }

  private output(line: string): void {
    engineOutputChannel.publish({ model: this.options.name, line });
  }

  private startText(path: string): ModelText {
    const { name, queue, engine } = this.options;
    const { dtype, plugin } = engine;
    const onOutput = (line: string): void => this.output(line);
    const onLoaded = (): void => this.onPartLoaded();
    const onLoadFailed = (error: AppError): void => this.onTextFailed(error);
    return new ModelText({
      name,
      path,
      dtype,
      plugin,
      queueTimeoutMs: queue.timeoutMs,
      onLoaded,
      onLoadFailed,
      onOutput,
    });
  }

  private enter(state: EngineState): void {
    this.currentState = state;
    this.options.onState?.(state);
  }

  private onEvent(event: EngineWorkEvent): void {
    switch (event.type) {
      case 'step':
        this.lastReport = event.report;
        return this.requests.onStep(event.report);
      case 'encoded':
        return this.requests.onEncoded(event.report);
      case 'began':
        return this.requests.onBegan(event.ids);
      case 'ran':
        return this.requests.onRan(event.report);
      case 'idle':
        return this.requests.onIdle();
      case 'rejected':
        return this.requests.onRejected(event.id, event.error);
      case 'removed':
        return this.requests.onRemoved(event.id);
    }
  }

  /** The engine or the text is loaded: with both, the model is ready. */
  private onPartLoaded(): void {
    const { loaded, text } = this;
    if (!loaded || (text && !text.info) || this.currentState.phase === 'ready') return;
    const warnings = [...new Set([...loaded.info.warnings, ...(text?.info?.warnings ?? [])])];
    this.enter({ phase: 'ready', info: { ...loaded.info, warnings } });
    this.requests.attach(loaded.process);
  }

  /** A tokenizer that was loaded once stays in use: a folder that is being changed is no reason to stop. */
  private onTextFailed(error: AppError): void {
    if (!this.text?.info && this.currentState.phase !== 'stopped') this.onLoadFailed(error.serialize());
  }

  /** A folder that cannot be served, or that fails the same way twice, has failed. */
  private onLoadFailed(error: SerializedAppError): void {
    const failure = error.message.replaceAll(/\d+/g, '#');
    if (isPermanentModelError(error.code) || failure === this.lastLoadFailure) this.fail(error);
    this.lastLoadFailure = failure;
  }

  private fail(error: SerializedAppError): void {
    if (this.currentState.phase === 'failed') return;
    this.enter({ phase: 'failed', error });
    this.requests.failAll(modelUnavailable(this.options.name, error.message));
    void this.supervisor?.stop();
    void this.text?.stop();
  }

  private onExit(reason: string): void {
    this.loaded = undefined;
    this.enter({ phase: 'restarting', reason });
    this.requests.detach(engineLost(this.options.name, reason));
  }
}
