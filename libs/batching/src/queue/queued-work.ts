import type { EncoderRequest, GenerationRequest, SamplingParams, TensorRequest } from '@frontier/engine';

/** A generation request with complete parameters. */
export type QueuedRequest = Omit<GenerationRequest, 'id'> & { params: SamplingParams };

/** Inputs for an encoder. */
export type QueuedEncoding = Omit<EncoderRequest, 'id'>;

/** Tensors for a model of tensors. */
export type QueuedTensors = Omit<TensorRequest, 'id'>;
