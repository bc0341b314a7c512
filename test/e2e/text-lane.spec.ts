import type { TextTask } from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { TextLane, type TextLaneOptions } from '../../libs/batching/dist/text/text-lane.js';
import { ModelCopy } from '../support/model-copy.ts';
import { STORYTELLER, waitFor } from '../support/server.ts';

const task = (text: string): TextTask => ({ type: 'encode', text, addSpecialTokens: true });

describe(TextLane, () => {
  let lane: TextLane;
  let loads = 0;
  const open = async (options: Partial<TextLaneOptions> = {}): Promise<TextLane> => {
    loads = 0;
    const onLoaded = (): void => void loads++;
    const limits = { taskTimeoutMs: 500, queueTimeoutMs: 10_000, depth: 4, niceness: 0 };
    lane = new TextLane({ name: 'm', path: STORYTELLER, ...limits, onLoaded, onOutput: () => {}, ...options });
    lane.start();
    await waitFor(() => loads === 1 || options.onLoadFailed !== undefined);
    return lane;
  };
  afterEach(() => lane.stop());

  const lengthOf = async (text: string, use = {}): Promise<number> =>
    ((await lane.run(task(text), text.length, use)) as Int32Array).length;
  /** End of a task: the code of its error, and whether it may be tried again. */
  const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      ({ code, retryable }: { code: string; retryable?: boolean }) => `${code}${retryable ? ', retryable' : ''}`,
    );

  it('ends a process that stands still, and blames nobody for that', async () => {
    await open();
    process.kill(lane.pid!, 'SIGSTOP');
    const others = Array.from({ length: 8 }, () => lengthOf('Once upon a time'));
    expect(await faultOf(others[0])).toBe('overloaded, retryable');
    expect(await Promise.all(others.slice(1))).toEqual(Array.from({ length: 7 }, () => 5));
  });

  it('gives the tasks of a process that is killed to the next one', async () => {
    await open();
    const { pid } = lane;
    process.kill(pid!, 'SIGSTOP');
    const tasks = Array.from({ length: 8 }, (_, i) => lengthOf('a'.repeat(i + 1)));
    process.kill(pid!, 'SIGKILL');
    const alone = Array.from({ length: 8 }, (_, i) => lengthOf('a'.repeat(i + 1)));
    expect(await Promise.all(tasks)).toEqual(await Promise.all(alone));
    expect(lane.pid).not.toBe(pid);
  });

  it('tells a caller at once that he left or waited too long, also when the process has his task', async () => {
    await open({ taskTimeoutMs: 60_000, queueTimeoutMs: 300 });
    process.kill(lane.pid!, 'SIGSTOP');
    const leaving = new AbortController();
    const tasks = [lengthOf('Once', { signal: leaving.signal }), lengthOf('upon')].map(faultOf);
    leaving.abort(new Error('gone'));
    expect(await tasks[0]).toBe('request_aborted');
    expect(await tasks[1]).toBe('queue_timeout, retryable');
    process.kill(lane.pid!, 'SIGCONT');
    expect(await lengthOf('Once upon a time')).toBe(5);
  });

  it('is ended when it has nothing to do, and loses no task that comes at that moment', async () => {
    await open({ idleMs: 20 });
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 15 + (i % 10)));
      expect(await lengthOf('Once upon a time')).toBe(5);
    }
    await waitFor(() => lane.pid === undefined);
    expect(loads).toBeGreaterThan(1);
  });

  it('tells of each process that cannot load, and tries again', async () => {
    const model = new ModelCopy();
    const errors: string[] = [];
    model.edit('tokenizer.json', () => ({ model: { type: 'Other' } }));
    await open({ path: model.path, onLoadFailed: ({ code }) => void errors.push(code) });
    await waitFor(() => errors.length === 2);
    expect(errors).toEqual(['model_invalid', 'model_invalid']);
    model.remove();
  });

  it('outlives a system that starts no process', async () => {
    await open({ idleMs: 10 });
    await waitFor(() => lane.pid === undefined);
    const { execPath } = process;
    process.execPath = '/nowhere/node';
    const waiting = lengthOf('Once upon a time');
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.execPath = execPath;
    expect(await waiting).toBe(5);
  });
});
