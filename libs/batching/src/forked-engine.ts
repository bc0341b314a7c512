import {
  type ChatMessage,
  type ChatOptions,
  isPermanentModelError,
  modelUnsupported,
  type ModelInfo,
  type StepReport,
} from '@frontier/engine';
import { type AppError, type SerializedAppError, shuttingDown } from '@frontier/errors';
import {
  engineIdleChannel,
  engineOutputChannel,
  type EngineState,
  engineStateChannel,
} from './channels/engine-channels.js';
import { engineLost, modelLoading, modelUnavailable } from './generation/batching.errors.js';
import type { Deadline } from './generation/deadline.js';
import type { Generation } from './generation/generation.js';
import type { ChatPrompt, ModelEngine, ModelEngineOptions } from './model-engine.js';
import { type EngineProcess, EngineSupervisor, type EngineWorkEvent } from './process/engine-supervisor.js';
import { type AdmissionRequest, EngineRequests, type QueuedRequest } from './queue/engine-requests.js';
import type { CostInputs, RequestCost } from './queue/output-length-estimator.js';
import { type EncodeOptions, ModelText } from './text/model-text.js';
import type { TextUse } from './text/text-lane.js';

/**
 * A model's engine in a process of its own, with text processes beside it. The model is ready when both are. A model whose
 * loading fails the same way twice has failed.
 */
export class ForkedEngine implements ModelEngine {
  private currentState: EngineState = { phase: 'loading' };
  private readonly supervisor: EngineSupervisor;
  private readonly requests: EngineRequests;
  private readonly text: ModelText;
  /** Set while the engine process has its model loaded. */
  private loaded: { process: EngineProcess; info: ModelInfo } | undefined;
  private lastLoadFailure: string | undefined;
  private lastReport: StepReport | undefined;

  /** Starts the processes; their `state` becomes `ready`. */
  constructor(private readonly options: ModelEngineOptions) {
    const { name, queue, requestTimeoutMs, hangTimeoutMs, engine } = options;
    const { maxBatchSize, path, plugin } = engine;
    this.requests = new EngineRequests({ name, maxBatchSize, queue, requestTimeoutMs });
    const onOutput = (line: string): void => engineOutputChannel.publish({ model: name, line });
    this.text = new ModelText({
      name,
      path,
      plugin,
      queueTimeoutMs: queue.timeoutMs,
      onLoaded: () => this.onPartLoaded(),
      onLoadFailed: (error) => this.onTextFailed(error),
      onOutput,
    });
    // The engine's own queue has room for all requests that are admitted here, by shares twice as much as one caller may have, and for preempted ones.
    const maxWaiting = 2 * queue.maxRequests + maxBatchSize;
    this.supervisor = new EngineSupervisor(
      { engine: { ...engine, maxWaiting }, hangTimeoutMs },
      {
        onLoaded: (process, info) => {
          // Routes that encode come with the services that use them.
          if (info.kind === 'encoder')
            return this.fail(modelUnsupported(`${info.architecture} is an encoder.`).serialize());
          this.loaded = { process, info };
          this.lastLoadFailure = undefined;
          this.onPartLoaded();
        },
        onLoadFailed: (error) => this.onLoadFailed(error),
        onEvent: (event) => this.onEvent(event),
        onExit: (reason) => this.onExit(reason),
        onOutput,
      },
    );
  }

  get state(): EngineState {
    return this.currentState;
  }

  get pid(): number | undefined {
    return this.supervisor.pid;
  }

  get restarts(): number {
    return this.supervisor.restarts;
  }

  get waiting(): number {
    return this.requests.waiting;
  }

  get unfinished(): number {
    return this.requests.unfinished;
  }

  get isSupervised(): boolean {
    return this.supervisor.isSupervising;
  }

  /** The newest step of the engine. */
  get report(): StepReport | undefined {
    return this.lastReport;
  }

  get textPids(): number[] {
    return this.text.pids;
  }

  info(): ModelInfo {
    const { name } = this.options;
    const state = this.currentState;
    if (state.phase === 'ready') return state.info;
    if (state.phase === 'failed') throw modelUnavailable(name, state.error.message);
    if (state.phase === 'stopped') throw shuttingDown();
    throw modelLoading(name);
  }

  estimateCost(request: CostInputs): RequestCost {
    return this.requests.estimateCost(request, this.info().contextLength);
  }

  reserve(request: AdmissionRequest, deadline: Deadline): () => void {
    return this.requests.reserve(request, deadline);
  }

  start(request: QueuedRequest, deadline: Deadline): Generation {
    const { prompt, params, n, caller } = request;
    const cost = this.estimateCost({ promptTokens: prompt.length, maxNewTokens: params.maxNewTokens, n, caller });
    return this.requests.start(request, cost, deadline);
  }

  async encode(text: string, options: EncodeOptions): Promise<Int32Array> {
    return this.text.encode(text, this.info().contextLength, options);
  }

  async decode(tokens: readonly number[], use: TextUse): Promise<string> {
    this.info();
    return this.text.decode(tokens, use);
  }

  async chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<ChatPrompt> {
    this.info();
    const prompt = await this.text.chat(messages, options, use);
    return { prompt, addSpecialTokens: this.text.info!.chatNeedsSpecialTokens };
  }

  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    this.requests.failAll(shuttingDown());
    await Promise.all([this.supervisor.stop(), this.text.stop()]);
  }

  private enter(state: EngineState): void {
    this.currentState = state;
    engineStateChannel.publish({ model: this.options.name, state });
  }

  private onEvent(event: EngineWorkEvent): void {
    switch (event.type) {
      case 'step':
        this.lastReport = event.report;
        this.requests.onStep(event.report);
        break;
      case 'idle':
        engineIdleChannel.publish({ model: this.options.name });
        break;
      case 'rejected':
        this.requests.onRejected(event.id, event.error);
        break;
      case 'removed':
        this.requests.onRemoved(event.id);
        break;
    }
  }

  /** The engine or the text is loaded: with both, the model is ready. */
  private onPartLoaded(): void {
    const { loaded } = this;
    const textInfo = this.text.info;
    if (!loaded || !textInfo || this.currentState.phase === 'ready') return;
    const warnings = [...new Set([...loaded.info.warnings, ...textInfo.warnings])];
    this.enter({ phase: 'ready', info: { ...loaded.info, warnings } });
    this.requests.attach(loaded.process);
  }

  /** A tokenizer that was loaded once stays in use: a folder that is being changed is no reason to stop. */
  private onTextFailed(error: AppError): void {
    if (!this.text.info && this.currentState.phase !== 'stopped') this.onLoadFailed(error.serialize());
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
    void this.supervisor.stop();
    void this.text.stop();
  }

  private onExit(reason: string): void {
    this.loaded = undefined;
    this.enter({ phase: 'restarting', reason });
    this.requests.detach(engineLost(this.options.name, reason));
  }
}
