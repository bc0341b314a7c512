import {
  type EngineState,
  type LoadFailure,
  type LoadProgress,
  maxTokensOf,
  type ModelTask,
  type ResidencyPolicy,
  type ResidencyReport,
  type ResidencyStatus,
} from '@frontier/batching';
import type { AnyModelInfo, ProviderName } from '@frontier/engine';
import type { ModelDefinition } from './model-definition.js';

/** A model with its configuration and state. */
export interface ModelDescription {
  /** Its name. */
  id: string;
  aliases: readonly string[];
  /** `null` until it is known. */
  task: ModelTask | null;
  status: ResidencyStatus;
  policy: ResidencyPolicy;
  /** Of its weights; `null` where they are as a file has them, or not known yet. */
  precision: string | null;
  provider: ProviderName | null;
  /** Tokens of its context, or of the longest input; `null` where it takes tensors, or that is not known yet. */
  context: number | null;
  /** Bytes that its processes take now; `null` where it is not loaded, the system does not say, or it was not measured. */
  memory: number | null;
  /** Bytes that it was expected to take, about; `null` where nobody asked. */
  estimate: number | null;
  /** Start of the status, in milliseconds since 1970. */
  since: number;
  /** When it leaves if no request comes, in milliseconds since 1970. */
  idleUnloadAt: number | null;
  progress?: LoadProgress;
  /** The last load that failed. */
  error?: LoadFailure;
  warnings: readonly string[];
  revision: string | null;
  /** Its path, or its name on a hub. */
  source: string;
}

/** State of a model, for its description. */
interface KnownModel {
  task: ModelTask | undefined;
  state: EngineState;
  report: ResidencyReport;
  memory: number | null;
  /** Of the last time that it was ready. */
  lastInfo: AnyModelInfo | undefined;
}

export function describeModel(definition: ModelDefinition, known: KnownModel): ModelDescription {
  const { name, aliases, precision, provider, contextLength, revision, path } = definition;
  const { task, state, report, memory, lastInfo } = known;
  const info = state.phase === 'ready' ? state.info : lastInfo;
  const { progress, failure, ...residency } = report;
  return {
    id: name,
    aliases,
    task: task ?? null,
    ...residency,
    memory,
    precision: (info && 'precision' in info ? info.precision : undefined) ?? precision ?? null,
    provider: info?.provider ?? provider?.name ?? null,
    context: (info && info.kind !== 'tensor' ? maxTokensOf(info) : undefined) ?? contextLength ?? null,
    ...(progress && { progress }),
    ...(failure && { error: failure }),
    warnings: state.phase === 'ready' ? state.info.warnings : [],
    revision: revision ?? null,
    source: path,
  };
}
