import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Contestant } from './contestant.ts';

/** A method of a contestant, by which a process is called. */
export type Method = Exclude<keyof Contestant, 'id' | 'name' | 'workOn' | 'close'>;

/** What a process says when it has loaded the model. */
interface Hello {
  name: string;
  methods: Method[];
}

type Response = { result: never } | { error: string };

/**
 * A contestant in a process of its own. It writes a line of JSON when it is ready ({@link Hello}); then it takes lines `{ method, args }`, one at a
 * time, and responds to each with `{ result }` or `{ error }`.
 */
export async function startPeerProcess(id: string, command: string, args: string[]): Promise<Contestant> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
  const errors: string[] = [];
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async <T>(): Promise<T> => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      // Libraries write there as well.
      if (line.value.startsWith('{')) return JSON.parse(line.value) as T;
    }
    throw new Error(`${id} has ended: ${errors.slice(-5).join('\n')}`);
  };
  const call = async (method: Method, given: unknown[]): Promise<never> => {
    child.stdin.write(`${JSON.stringify({ method, args: given })}\n`);
    const response = await read<Response>();
    if ('error' in response) throw new Error(`${id}: ${response.error}`);
    return response.result;
  };
  const { name, methods } = await read<Hello>();
  const contestant: Contestant = { id, name, close: () => end(child) };
  for (const method of methods) contestant[method] = (...given: unknown[]) => call(method, given);
  return contestant;
}

/** No model hub, no counting of users. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    HF_HUB_OFFLINE: '1',
    DO_NOT_TRACK: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ORT_DISABLE_TELEMETRY: '1',
  };
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin!.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
