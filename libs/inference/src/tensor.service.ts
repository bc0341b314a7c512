import { Inject, Injectable } from '@nestjs/common';
import { BatchingService, createDeadline, type Deadline, type ModelEngine, type RanTensors } from '@frontier/batching';
import { assertInputs, type NamedTensor, type Priority, type TensorModelInfo } from '@frontier/engine';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import { RequestPipeline } from './pipeline/request-pipeline.js';
import { type Principal, priorityOf } from './request/principal.js';

/** Tensors for a model of tensors. */
export interface TensorsRequest {
  /** A model's name or alias. */
  model: string;
  inputs: readonly NamedTensor[];
  /** Names of the wanted outputs; default: all. */
  outputs?: readonly string[];
  /** Default: the principal's class, else `normal`. */
  priority?: Priority;
  principal?: Principal;
}

/** The outputs of a model of tensors. */
export interface TensorsResult {
  /** The name of the model. */
  model: string;
  outputs: readonly NamedTensor[];
  durations: { queueMs: number; computeMs: number };
}

/** The principal of requests that name none. */
const ANYBODY = { id: '' };

/** The use cases on models of tensors: any ONNX file, by its own inputs and outputs. */
@Injectable()
export class TensorService {
  private readonly pipeline: RequestPipeline<RanTensors>;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) { breakers }: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    this.pipeline = new RequestPipeline({ cache: undefined, tokens: undefined, breakers });
  }

  /**
   * The properties of a model of tensors; only while it is ready.
   * @throws `model_not_found`, `task_unsupported`, `model_loading`, `model_unavailable`
   */
  info(model: string, principal?: Principal): TensorModelInfo & { name: string } {
    const { name } = this.models.get(model, principal);
    return { name, ...this.batching.engine(name).tensorInfo() };
  }

  /**
   * Computes the outputs of tensors. An abort of the deadline's signal ends it.
   * @throws as {@link info}, `malformed_request` where the tensors are not those of the model, `invalid_request` where it cannot compute with their
   * values, `circuit_open`, and the errors of the model's engine
   */
  async run(request: TensorsRequest, deadline: Deadline = createDeadline()): Promise<TensorsResult> {
    const { name } = this.models.get(request.model, request.principal);
    return this.batching.using(name, deadline, (engine) => this.compute(request, { name, engine, deadline }));
  }

  private async compute(
    request: TensorsRequest,
    { name, engine, deadline }: { name: string; engine: ModelEngine; deadline: Deadline },
  ): Promise<TensorsResult> {
    const { inputs, outputs, principal = ANYBODY } = request;
    assertInputs(engine.tensorInfo(), inputs, outputs);
    const priority = priorityOf(request.priority, principal);
    const startedAt = performance.now();
    const run = await this.pipeline.run(
      {
        model: name,
        engine,
        identity: undefined,
        cache: undefined,
        principal,
        priority,
        answers: 1,
        textTokens: 0,
        prepare: async () => ({
          maxTokens: 0,
          start: () => engine.startTensors({ inputs, outputs, priority, caller: principal.id }, deadline),
        }),
      },
      deadline,
    );
    if (run.cached) throw new Error('Bug: results of tensors are not kept.');
    for await (const { outputs: found, queueMs } of run.reader) {
      return {
        model: name,
        outputs: found,
        durations: { queueMs, computeMs: performance.now() - startedAt - queueMs },
      };
    }
    throw new Error('Bug: the run of tensors ended without a result.');
  }
}
