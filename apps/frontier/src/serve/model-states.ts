import { type ModelChange, modelChangeChannel, type ModelDescription } from '@frontier/inference';

/** What the command line shows of a model that a server of this process has. */
export interface ModelStateLine {
  name: string;
  status: ModelDescription['status'];
  precision: string | undefined;
  /** Bytes. */
  memory: number | undefined;
  /** 0 to 1, while it is on its way. */
  progress: number | undefined;
  /** What is being done then. */
  phase: string | undefined;
  reason: string | undefined;
}

/** Calls back with each change of a model; without a line where it is gone. The one place that knows how a server tells them. */
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
    progress: progress?.total ? progress.done / progress.total : undefined,
    phase: progress?.phase,
    reason: status === 'failed' ? error?.message : undefined,
  };
}
