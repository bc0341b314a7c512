import { Injectable } from '@nestjs/common';
import { BatchingService, type GenerationEvent } from '@frontier/batching';
import type { FinishReason, PhaseDurations, Priority, SamplingParams, Usage } from '@frontier/engine';
import { ModelRegistry } from './model-registry.js';

/** What to generate. */
export interface GenerateRequest {
  /** A model's name or alias; default: the server's default model. */
  model?: string;
  prompt: string;
  /** What is left out takes the model's own default, then that of `DEFAULT_SAMPLING_PARAMS`. */
  params?: Partial<SamplingParams>;
  /** Answers to the prompt; default 1. */
  n?: number;
  /** Default `normal`. */
  priority?: Priority;
  /** Whose request it is: within a class of priority, callers are served in turn. */
  caller?: string;
}

/** A whole answer. */
export interface Completion {
  /** The name of the model that answered. */
  model: string;
  /** The continuation, without the prompt. */
  text: string;
  finishReason: FinishReason;
  usage: Usage;
  durations: PhaseDurations;
}

/** The use cases on models that generate text. */
@Injectable()
export class InferenceService {
  constructor(
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {}

  /**
   * Streams the continuation of a prompt as it is generated. The last event of each answer has `finished`.
   * Errors are those of the model's engine, and `model_not_found`; an abort cancels the request within one step.
   */
  generate({ model, ...request }: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerationEvent, void> {
    return this.batching.generate(this.models.get(model).name, request, signal);
  }

  /** Generates one whole continuation; its text is what {@link generate} streams. */
  async complete(request: Omit<GenerateRequest, 'n'>, signal: AbortSignal): Promise<Completion> {
    const model = this.models.get(request.model).name;
    let text = '';
    for await (const event of this.generate(request, signal)) {
      text += event.text;
      if (event.finished) {
        const { reason, usage, durations } = event.finished;
        return { model, text, finishReason: reason, usage, durations };
      }
    }
    throw new Error('Bug: a generation ended without a result or an error.');
  }
}
