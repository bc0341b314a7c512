import { type EngineState, type EngineStateChange, engineStateChannel } from '@frontier/batching';

/** What the command line shows of a model that a server of this process has. */
export interface ModelStateLine {
  name: string;
  status: 'loading' | 'ready' | 'failed';
  precision: string | undefined;
  /** Bytes. */
  memory: number | undefined;
  /** 0 to 1, while it loads. */
  progress: number | undefined;
  reason: string | undefined;
}

/** Calls back with each change of a model's state. The one place that knows how a server tells them. */
export function onModelStates(listener: (line: ModelStateLine) => void): void {
  engineStateChannel.subscribe((message) => {
    const { model, state } = message as EngineStateChange;
    const line = lineOf(model, state);
    if (line) listener(line);
  });
}

function lineOf(name: string, state: EngineState): ModelStateLine | undefined {
  const nothing = { precision: undefined, memory: undefined, progress: undefined, reason: undefined };
  switch (state.phase) {
    case 'loading':
    case 'restarting':
      return { ...nothing, name, status: 'loading' };
    case 'ready':
      return { ...nothing, name, status: 'ready' };
    case 'failed':
      return { ...nothing, name, status: 'failed', reason: state.error.message };
    case 'stopped':
      return undefined;
  }
}
