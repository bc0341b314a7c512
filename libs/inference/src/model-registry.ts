import { Inject, Injectable } from '@nestjs/common';
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
import { type AnyModelInfo, type ModelInfo, readModelTask } from '@frontier/engine';
import { isHubReference } from '@frontier/engine/hub';
import { modelNotFound } from './inference.errors.js';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import type { ModelDefinition } from './registry/model-definition.js';
import { describeModel, type ModelDescription } from './registry/model-description.js';
import { mayUse, type Principal } from './request/principal.js';

/** A model's name and the state of its engine. */
export interface ModelStatus {
  name: string;
  state: EngineState;
  /** Whether it should be in memory and ready, and is not. */
  isMissing: boolean;
}

/** The models of the server, by name and alias. Their engines start with the app and load while it serves, or when they are wanted. */
@Injectable()
export class ModelRegistry {
  private readonly models = new Map<string, ModelDefinition>();
  private readonly byName = new Map<string, ModelDefinition>();
  private readonly lastInfos = new Map<string, AnyModelInfo>();
  private readonly fileTasks = new Map<string, ModelTask | undefined>();

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly batching: BatchingService,
  ) {
    for (const model of options.models) this.add(model);
    batching.onChange((name) => {
      const state = batching.has(name) ? batching.state(name) : undefined;
      if (state?.phase === 'ready') this.lastInfos.set(name, state.info);
    });
  }

  /**
   * Adds the names of a model.
   * @throws where another one has one of them
   */
  add(model: ModelDefinition): void {
    const keys = [model.name, ...model.aliases];
    for (const key of keys) {
      if ((this.byName.get(key) ?? model) !== model)
        throw new Error(`Two models are called "${key}". Give each name and alias to one model.`);
    }
    this.models.set(model.name, model);
    for (const key of keys) this.byName.set(key, model);
  }

  /** Removes the names of a model. */
  remove(name: string): void {
    const model = this.models.get(name);
    this.models.delete(name);
    this.lastInfos.delete(name);
    this.fileTasks.delete(name);
    for (const [key, known] of this.byName) if (known === model) this.byName.delete(key);
  }

  /** Whether this process watches the engines of all models. */
  get areSupervised(): boolean {
    return this.batching.isSupervising;
  }

  /** All models. */
  get all(): readonly ModelDefinition[] {
    return [...this.models.values()];
  }

  /** The state of every model. */
  statuses(): ModelStatus[] {
    return this.all.map(({ name, residency }) => {
      const state = this.batching.state(name);
      const isAbsent = state.phase !== 'ready' && state.phase !== 'unloaded';
      return { name, state, isMissing: isAbsent && residency?.policy !== 'on_demand' };
    });
  }

  /** A model by its own name; aliases are not looked at. */
  find(name: string): ModelDefinition | undefined {
    return this.models.get(name);
  }

  /** Descriptions of the models that a principal may use. Their memory is not measured, which takes a system call for each process. */
  describe(principal: Principal): ModelDescription[] {
    return this.all.filter((model) => mayUse(principal, model)).map((model) => this.descriptionOf(model, null));
  }

  /** The description of a model, with its memory. */
  description(model: ModelDefinition): ModelDescription {
    return this.descriptionOf(model, this.batching.memoryOf(model.name));
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
    // One that was never there may be, too.
    const last = sorted.find(
      (model) => this.taskOf(model) === undefined && this.batching.state(model.name).phase === 'unloaded',
    );
    if (last) return last;
    throw noModelFor(tasks[0]);
  }

  private descriptionOf(model: ModelDefinition, memory: number | null): ModelDescription {
    const { name } = model;
    return describeModel(model, {
      task: this.taskOf(model),
      state: this.batching.state(name),
      report: this.batching.report(name),
      memory,
      lastInfo: this.lastInfos.get(name),
    });
  }

  /** The work of a model, where it is known: since it was loaded, from the configuration or, while it waits for its first request, from its files. */
  private taskOf(model: ModelDefinition): ModelTask | undefined {
    return this.batching.task(model.name) ?? model.task ?? this.fileTaskOf(model);
  }

  private fileTaskOf({ name, path, dtype, residency }: ModelDefinition): ModelTask | undefined {
    if (residency?.policy !== 'on_demand' || isHubReference(path)) return undefined;
    if (!this.fileTasks.has(name)) this.fileTasks.set(name, readTask(path, dtype));
    return this.fileTasks.get(name);
  }

  private isUnknown(model: ModelDefinition): boolean {
    const { phase } = this.batching.state(model.name);
    return this.taskOf(model) === undefined && phase !== 'failed' && phase !== 'unloaded';
  }
}

/** The work of a model by its files; `undefined` where they do not say. */
function readTask(path: string, dtype: ModelDefinition['dtype']): ModelTask | undefined {
  try {
    return readModelTask(path, dtype);
  } catch {
    // The load reports the reason.
    return undefined;
  }
}
