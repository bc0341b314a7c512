import { stripVTControlCharacters } from 'node:util';
import { messageOf } from '@frontier/errors';
import { modelUnsupported } from '../errors/engine.errors.js';
import type { Precision } from '../graph/quantization/precision.js';
import type { InferenceSession } from './onnxruntime.js';

/** The execution providers of ONNX Runtime that the engine builds graphs for. */
export const PROVIDERS = ['cpu', 'cuda', 'webgpu'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** A provider with ONNX Runtime's own options for it. */
export interface ProviderOptions {
  name: ProviderName;
  [option: string]: unknown;
}

/**
 * The precisions of a provider. Integer layers exist on the CPU alone; elsewhere embedding and output projection stay
 * float32.
 * @throws `model_unsupported` when it has no kernels for a precision
 */
export function providerPrecisions(
  provider: ProviderName,
  precision: Precision,
  prefillPrecision: Precision | undefined,
): { precision: Precision; prefillPrecision: Precision; outputPrecision: 'fp32' | 'int8' } {
  if (provider === 'cpu') {
    return {
      precision,
      prefillPrecision: prefillPrecision ?? DEFAULT_PREFILL_PRECISION[precision],
      outputPrecision: precision === 'fp32' ? 'fp32' : 'int8',
    };
  }
  if (precision === 'int8' || (prefillPrecision ?? precision) !== precision) {
    throw modelUnsupported(
      `The provider ${provider} has no int8 layers: take the precision fp32 or int4, and no other prefill precision.`,
    );
  }
  return { precision, prefillPrecision: precision, outputPrecision: 'fp32' };
}

/** In 8 bits a prompt of an int4 model is read three times as fast; see docs/decisions/0009-int8-rows.md. */
const DEFAULT_PREFILL_PRECISION = { fp32: 'fp32', int8: 'int8', int4: 'int8' } as const;

/** How long a thread waits for its next part of a pass before it sleeps. */
const SPIN_MICROSECONDS = '20';

/** Session options that hold for every graph. Nodes that a provider has no kernel for run on the CPU. */
export function sessionOptions(provider: ProviderOptions, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders:
      provider.name === 'cpu' ? ['cpu'] : [provider as InferenceSession.ExecutionProviderConfig, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Its warnings of nodes that run on the CPU and of copies between both say nothing that can be changed.
    ...(provider.name !== 'cpu' && { logSeverityLevel: 3 as const }),
    graphOptimizationLevel: 'all',
    // Threads that spin for long starve the HTTP process on a shared core; see docs/decisions/0005-short-spinning.md.
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: SPIN_MICROSECONDS } } },
  };
}

/** A provider that this machine does not have; the cause is ONNX Runtime's message, without the colours of its log. */
export function providerUnavailable(provider: ProviderName, cause: unknown): Error {
  const reason = stripVTControlCharacters(messageOf(cause));
  return modelUnsupported(
    `The provider ${provider} is not available here: ${reason}. Its driver or ONNX Runtime's libraries for it are missing (docs/gpu.md).`,
  );
}
