import { type ModelChange, modelChangeChannel, type ModelDescription } from '@frontier/inference';

/** Progress of a model's load. */
export interface ModelProgress {
  phase: string;
  /** 0 to 1. */
  share: number;
  secondsLeft: number | undefined;
}

/** A model of the server in this process, as the banner shows it. */
export interface ModelStateLine {
  name: string;
  status: ModelDescription['status'];
  precision: string | undefined;
  /** Bytes. */
  memory: number | undefined;
  /** Known progress of a load. */
  progress: ModelProgress | undefined;
  reason: string | undefined;
}

/** Calls back with each change of a model in this process; without a line for a removed model. */
export function onModelStates(listener: (name: string, line: ModelStateLine | undefined) => void): void {
  modelChangeChannel.subscribe((message) => {
    const { model, description } = message as ModelChange;
    listener(model, description && lineOf(description));
  });
}

function lineOf({ id, status, precision, memory, progress, error }: ModelDescription): ModelStateLine {
  return {
    name: id,
    status,
    precision: precision ?? undefined,
    memory: memory ?? undefined,
    progress: progress && progressOf(progress),
    reason: status === 'failed' ? error?.message : undefined,
  };
}

function progressOf({
  phase,
  done,
  total,
  perSecond,
}: NonNullable<ModelDescription['progress']>): ModelProgress | undefined {
  if (!total) return undefined;
  return { phase, share: done / total, secondsLeft: perSecond ? (total - done) / perSecond : undefined };
}
