import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  BatchingService,
  canDo,
  type EngineState,
  maxTokensOf,
  type ModelTask,
  noModelFor,
  readyInfo,
  readyTextInfo,
  taskUnsupported,
} from '@frontier/batching';
import type { AnyModelInfo, ModelInfo } from '@frontier/engine';
import { modelNotFound } from './inference.errors.js';
import {
  DEFAULT_INFERENCE_OPTIONS,
  type InferenceModuleOptions,
  MODULE_OPTIONS_TOKEN,
  type ModelDefinition,
} from './inference.options.js';
import { mayUse, type Principal } from './request/principal.js';

/** A model's name and the state of its engine. */
export interface ModelStatus {
  name: string;
  state: EngineState;
}

/** The models of the server, by name and alias. Their engines start with the app and load while it serves. */
@Injectable()
export class ModelRegistry implements OnModuleInit {
  private readonly byName = new Map<string, ModelDefinition>();

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly batching: BatchingService,
  ) {
    for (const model of options.models) {
      for (const key of [model.name, ...model.aliases]) {
        if ((this.byName.get(key) ?? model) !== model)
          throw new Error(`Two models are called "${key}". Give each name and alias to one model.`);
        this.byName.set(key, model);
      }
    }
  }

  onModuleInit(): void {
    const {
      models,
      prefillChunkTokens,
      maxCacheTokens,
      prefixCacheBytes,
      sharesPrefixes,
      ageingMs,
      flushTimeoutMs,
      graphCache,
      graphCacheMaxBytes,
      hub,
      ...options
    } = this.options;
    const { hangTimeoutMs, queue, requestTimeoutMs } = { ...DEFAULT_INFERENCE_OPTIONS, ...options };
    for (const { name, aliases: _, revision: _r, task, ...model } of models) {
      const caches = { maxCacheTokens, prefixCacheBytes, sharesPrefixes };
      const batches = { prefillChunkTokens, ageingMs, flushTimeoutMs, ...caches };
      const engine = { ...model, ...batches, graphCache, graphCacheMaxBytes };
      this.batching.open({ name, task, hangTimeoutMs, queue, requestTimeoutMs, engine, hub });
    }
  }

  /** Whether this process watches the engines of all models. */
  get areSupervised(): boolean {
    return this.batching.isSupervising;
  }

  /** The state of every model. */
  statuses(): ModelStatus[] {
    return this.options.models.map(({ name }) => ({ name, state: this.batching.engine(name).state }));
  }

  /**
   * The properties of a model that generates; only while its engine is ready.
   * @throws `model_not_found`, `model_loading`, `model_unavailable`, `shutting_down`, `task_unsupported`
   */
  info(name?: string): ModelInfo {
    return this.batching.engine(this.get(name).name).info();
  }

  /** The properties of a model, whatever it does. Throws as {@link info}, but for `task_unsupported`. */
  anyInfo(name?: string): AnyModelInfo {
    const model = this.get(name).name;
    return readyInfo(model, this.batching.engine(model).state);
  }

  /** Tokens of a model's context, or of an encoder's longest input, and tokens that it knows. Throws as {@link info}. */
  limits(name?: string): { maxTokens: number; vocabSize: number } {
    const model = this.get(name).name;
    const info = readyTextInfo(model, this.batching.engine(model).state);
    return { maxTokens: maxTokensOf(info), vocabSize: info.vocabSize };
  }

  /** All names and aliases of models that a principal may use, each with its model; without one, of all models. */
  names(principal?: Principal): ReadonlyMap<string, ModelDefinition> {
    if (!principal?.models) return this.byName;
    return new Map([...this.byName].filter(([, model]) => mayUse(principal, model)));
  }

  /**
   * The model with this name or alias; without one, the default model.
   * @param principal without one, all models may be used
   * @throws `model_not_found` naming those that the principal may use; others look as if they did not exist
   */
  get(name?: string, principal?: Principal): ModelDefinition {
    const model = this.byName.get(name ?? this.options.defaultModel);
    if (!model || !mayUse(principal, model)) throw modelNotFound(name, [...this.names(principal).keys()]);
    return model;
  }

  /**
   * The model with this name or alias; without one, the default model where it can do the task, or the first that can.
   * @throws as {@link get}, and `task_unsupported` where the model, or any that the principal may use, cannot do the task
   */
  forTask(task: ModelTask, name?: string, principal?: Principal): ModelDefinition {
    if (name === undefined) return this.forAnyTask([task], undefined, principal);
    const model = this.get(name, principal);
    const able = this.taskOf(model);
    if (able && !canDo(able, task)) throw taskUnsupported(model.name, able);
    return model;
  }

  /** The model with this name or alias; without one, a model for the first of the tasks that one can do. Throws as {@link forTask}. */
  forAnyTask(tasks: readonly ModelTask[], name?: string, principal?: Principal): ModelDefinition {
    if (name !== undefined) return this.get(name, principal);
    const usable = [...new Set(this.names(principal).values())];
    const preferred = this.byName.get(this.options.defaultModel);
    const sorted = usable.sort((a, b) => Number(b === preferred) - Number(a === preferred));
    for (const task of tasks) {
      // One that loads may be the one, and says so itself: another one's vectors would not fit to its.
      const found =
        sorted.find((model) => this.taskOf(model) === task || this.isUnknown(model)) ??
        sorted.find((model) => canDo(this.taskOf(model) ?? 'generate', task));
      if (found) return found;
    }
    throw noModelFor(tasks[0]);
  }

  /** The work of a model, where it is known: from the configuration, or since it was loaded. */
  private taskOf({ name, task }: ModelDefinition): ModelTask | undefined {
    return this.batching.engine(name).task ?? task;
  }

  private isUnknown(model: ModelDefinition): boolean {
    return this.taskOf(model) === undefined && this.batching.engine(model.name).state.phase !== 'failed';
  }
}
