import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  type EncoderStep,
  encoderStepChannel,
  type EngineRequest,
  engineRequestChannel,
  type EngineStep,
  engineStepChannel,
  type TensorStep,
  tensorStepChannel,
} from '@frontier/batching';
import { pipelineChannel, type PipelineProgress } from '@frontier/inference';
import { ChannelSubscriber, requestBeginChannel, requestChannel, type RequestRecord } from '@frontier/telemetry';
import { LifeStore } from './life-store.js';

/** Follows the requests for models: what the other packages publish about them. */
@Injectable()
export class LifeListener extends ChannelSubscriber implements OnModuleInit, OnApplicationShutdown {
  readonly store = new LifeStore();
  /** The record of the request that the running code belongs to. */
  private readonly current = new AsyncLocalStorage<RequestRecord>();

  constructor() {
    super();
    this.subscribe<PipelineProgress>(pipelineChannel, (progress) => this.onProgress(progress));
    this.subscribe<EngineRequest>(engineRequestChannel, (request) => this.onQueued(request));
    this.subscribe<EngineStep>(engineStepChannel, (step) => this.onStep(step));
    this.subscribe<EncoderStep>(encoderStepChannel, ({ report: { items, passMs } }) => this.onPass(items, passMs));
    this.subscribe<TensorStep>(tensorStepChannel, ({ report: { items, passMs } }) => this.onPass(items, passMs));
    this.subscribe<RequestRecord>(requestChannel, (record) => this.onEnd(record));
  }

  override onModuleInit(): void {
    super.onModuleInit();
    requestBeginChannel.bindStore(this.current);
  }

  override onApplicationShutdown(): void {
    super.onApplicationShutdown();
    requestBeginChannel.unbindStore(this.current);
  }

  private onProgress({ model, caller, isWaiting, cache, generation }: PipelineProgress): void {
    const record = this.recordOf(caller);
    const life = record && this.store.begin(record);
    if (!life) return;
    life.wanted ??= model;
    if (isWaiting) {
      life.segments.enter('queue', life.elapsedMs);
      this.store.touch(life);
    }
    if (!cache) return;
    // A request with several prompts has several sources; its record names the first.
    life.cache ??= cache;
    if (cache === 'COALESCED' && generation) this.store.share(life, generation);
    else this.store.touch(life);
  }

  private onQueued(request: EngineRequest): void {
    this.store.addWork(this.recordOf(request.caller), request);
  }

  /** The record of the request that work of a caller is for. Jobs run in the context of none; other background work may run in that of one that only woke it. */
  private recordOf(caller: string): RequestRecord | undefined {
    const record = this.current.getStore();
    if (record?.method !== 'POST') return undefined;
    return caller === '' || caller === `key:${record.client}` ? record : undefined;
  }

  private onStep({ model, report }: EngineStep): void {
    const { store } = this;
    const { scheduled, prefilled, preempted, resumed, outputs, durationMs } = report;
    for (const id of scheduled) this.change(id, (work) => work.begin(), durationMs);
    if (prefilled) {
      const work = store.work(prefilled.id);
      if (work) {
        work.prefilled = prefilled.promptTokens;
        work.cached = prefilled.cachedTokens ?? 0;
        store.follow(work);
      }
    }
    for (const id of preempted ?? []) this.change(id, (work) => work.leaveBatch(), durationMs);
    for (const id of resumed ?? []) this.change(id, (work) => work.rejoinBatch(), durationMs);
    for (const { id, started, finished, error } of outputs) {
      const work = store.work(id);
      if (!work) continue;
      const before = work.phase;
      if (!error) work.addToken();
      if (started && before === 'prompt') {
        for (const life of work.lives) life.correctPrompt(started.prefillMs);
      }
      if (!error) for (const life of work.lives) life.addToken(life.elapsedMs);
      if (finished || error) work.finish();
      if (work.phase !== before) store.follow(work);
      else for (const life of work.lives) store.touch(life);
    }
    if (scheduled.length > 0) store.noteMove(model);
  }

  /** A pass of an encoder, or of tensors. */
  private onPass(items: readonly { requestId: string }[], passMs: number): void {
    for (const { requestId } of items) {
      this.change(requestId, (work) => work.begin(), passMs);
      this.change(requestId, (work) => work.finish());
    }
  }

  private onEnd(record: RequestRecord): void {
    const { model, client, method, endpoint } = record;
    const isShown = method === 'POST' && (model !== undefined || (client !== undefined && isOfModels(endpoint)));
    if (isShown || this.store.has(record)) this.store.end(record);
  }

  private change(id: string, change: (work: NonNullable<ReturnType<LifeStore['work']>>) => void, agoMs = 0): void {
    const work = this.store.work(id);
    if (!work) return;
    change(work);
    this.store.follow(work, agoMs);
  }
}

/** Tests for a route that a request without a model, because it was refused, was probably meant for one on. */
function isOfModels(endpoint: string): boolean {
  return !/^(unknown$|\/(admin|webhooks|v1\/jobs)(\/|$))/.test(endpoint);
}
