import { channel } from 'node:diagnostics_channel';
import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  BatchingService,
  type Deadline,
  HeldEngines,
  type ModelEngineOptions,
  type ModelTask,
} from '@frontier/batching';
import { isAppError, messageOf } from '@frontier/errors';
import { DEFAULT_INFERENCE_OPTIONS, type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import { pipelineChannel, type PipelineProgress } from './pipeline/pipeline-channel.js';
import type { ModelDefinition } from './registry/model-definition.js';
import type { ModelDescription } from './registry/model-description.js';
import { type FoundModel, ModelsFolder } from './registry/models-folder.js';
import type { Principal } from './request/principal.js';

/** Message of {@link modelChangeChannel}. */
export interface ModelChange {
  model: string;
  /** `undefined`: the server has it no more. */
  description: ModelDescription | undefined;
}

/** Publishes a {@link ModelChange} whenever a model comes, goes, or changes its status or progress (`node:diagnostics_channel`). */
export const modelChangeChannel = channel('frontier.model.change');

/** The model that a request will ask for, as far as that is known before the request is checked. */
export interface WantedModel {
  /** Default: the first that can do one of the tasks or, without those, the default model. */
  name?: string | undefined;
  tasks?: readonly ModelTask[] | undefined;
  principal?: Principal | undefined;
}

/** Loads, unloads and replaces models, at the start and while the server runs. */
@Injectable()
export class ModelLifecycle implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Models');
  private readonly folder: ModelsFolder | undefined;
  /** Names of the models that are served because they lie in the folder. */
  private readonly ofFolder = new Set<string>();

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    const { modelsFolder } = options;
    this.folder =
      modelsFolder &&
      new ModelsFolder(modelsFolder, {
        onFound: (found) => this.onFound(found),
        onChanged: (found) => this.onChanged(found),
        onGone: (found) => this.onGone(found),
        onUnreadable: (reason) => this.logger.error(`MODELS_DIR cannot be read: ${reason}`),
      });
    batching.onChange((model) => this.publish(model));
  }

  onModuleInit(): void {
    const { modelsMemoryBytes } = this.options;
    if (modelsMemoryBytes !== undefined) this.batching.limitMemory(modelsMemoryBytes);
    for (const model of this.models.all) this.batching.open(this.engineOptions(model), model.residency);
    // A folder on a network that hangs must not hold up the start.
    void this.folder?.start();
  }

  onModuleDestroy(): void {
    this.folder?.stop();
  }

  /**
   * Loads a model and waits until it is ready.
   * @param isAgain loads it again where it is there: it serves on until the new one is ready
   * @throws `model_not_found`, and the reason why it cannot be loaded
   */
  async load(name: string, isAgain = false): Promise<ModelDescription> {
    const model = this.models.get(name);
    const isThere = this.batching.state(model.name).phase === 'ready';
    await (isThere && isAgain ? this.batching.replace(model.name) : this.batching.load(model.name));
    return this.models.description(model);
  }

  /**
   * Removes a model from memory, and waits until the requests that it computes have ended.
   * @throws `model_not_found`
   */
  async unload(name: string): Promise<ModelDescription> {
    const model = this.models.get(name);
    await this.batching.unload(model.name);
    return this.models.description(model);
  }

  /**
   * Holds the model of a request until that ends what it holds. A model that is loaded on demand is waited for.
   * @param deadline made where there is something to wait for
   * @returns `undefined` where there is nothing to wait for. What is wrong with the request or with the model is not said here: whoever
   * uses the model finds it
   */
  hold(held: HeldEngines, wanted: WantedModel, deadline: () => Deadline): Promise<void> | undefined {
    const name = this.nameOf(wanted);
    if (name === undefined || this.batching.holdNow(held, name)) return undefined;
    const caller = wanted.principal?.id ?? '';
    if (pipelineChannel.hasSubscribers) {
      pipelineChannel.publish({ model: name, caller, isWaiting: true } satisfies PipelineProgress);
    }
    return this.batching.holdIn(held, name, deadline(), caller);
  }

  /**
   * Runs the work of a request, which uses one engine of its model from the start to the end, also where it does several things with it.
   * The model is waited for as {@link hold} does.
   */
  during<T>(wanted: WantedModel, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    const held = new HeldEngines();
    return held.during(async () => {
      await this.hold(held, wanted, () => deadline);
      return held.run(work);
    });
  }

  private nameOf({ name, tasks, principal }: WantedModel): string | undefined {
    try {
      const model = tasks ? this.models.forAnyTask(tasks, name, principal) : this.models.get(name, principal);
      return model.name;
    } catch {
      return undefined;
    }
  }

  private onFound({ name, path }: FoundModel): void {
    const model: ModelDefinition = { ...this.options.modelsFolder!.model, name, path, aliases: [] };
    try {
      this.models.add(model);
    } catch (error) {
      this.logger.warn(`The model in ${path} is not served: ${messageOf(error)}`);
      return;
    }
    this.ofFolder.add(name);
    this.batching.open(this.engineOptions(model), model.residency);
    this.logger.log(`The model "${name}" is there: ${path}`);
    this.publish(name);
  }

  private onChanged({ name, path }: FoundModel): void {
    if (!this.ofFolder.has(name)) return;
    this.logger.log(`The model "${name}" has changed: ${path}`);
    this.renew(name).catch((error: unknown) =>
      this.logger.error(`The model "${name}" is as it was: ${messageOf(error)}`),
    );
  }

  /** Lets the new files of a model take the place of the old ones: beside them or, where the memory cannot hold both, after them. */
  private async renew(name: string): Promise<void> {
    if (this.batching.state(name).phase !== 'ready') return this.batching.unload(name);
    try {
      await this.batching.replace(name);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'model_too_large') throw error;
      await this.batching.unload(name);
    }
  }

  private onGone({ name, path }: FoundModel): void {
    if (!this.ofFolder.delete(name)) return;
    this.models.remove(name);
    this.logger.log(`The model "${name}" is gone: ${path}`);
    void this.batching.close(name);
  }

  private publish(name: string): void {
    if (!modelChangeChannel.hasSubscribers) return;
    const model = this.models.find(name);
    const description = model && this.batching.has(name) ? this.models.description(model) : undefined;
    modelChangeChannel.publish({ model: name, description } satisfies ModelChange);
  }

  private engineOptions(definition: ModelDefinition): ModelEngineOptions {
    const { prefillChunkTokens, ageingMs, flushTimeoutMs, maxCacheTokens, prefixCacheBytes, sharesPrefixes } =
      this.options;
    const { graphCache, graphCacheMaxBytes, hub } = this.options;
    const { hangTimeoutMs, queue, requestTimeoutMs } = { ...DEFAULT_INFERENCE_OPTIONS, ...this.options };
    const { name, aliases: _, revision: _r, residency: _m, task, ...model } = definition;
    const caches = { maxCacheTokens, prefixCacheBytes, sharesPrefixes };
    const batches = { prefillChunkTokens, ageingMs, flushTimeoutMs, ...caches };
    const engine = { ...model, ...batches, graphCache, graphCacheMaxBytes };
    return { name, task, hangTimeoutMs, queue, requestTimeoutMs, engine, hub };
  }
}
