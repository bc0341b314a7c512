import { channel } from 'node:diagnostics_channel';

/** What {@link engineOutputChannel} carries. */
export interface EngineOutput {
  model: string;
  /** One line that an engine process wrote to its standard output or error: mostly what native code has to say. */
  line: string;
}

/** Publishes an {@link EngineOutput} for each line that an engine process writes (`node:diagnostics_channel`). */
export const engineOutputChannel = channel('frontier.engine.output');
