import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { passThreads } from './intra-op-threads.js';

describe(passThreads, () => {
  it('leaves the choice to ONNX Runtime where all cores are usable', () => {
    expect(passThreads(8, 8)).toBe(0);
  });

  it('takes no more than a container may use', () => {
    expect(passThreads(2, 64)).toBe(2);
  });

  it.runIf(process.platform === 'linux' && cpus().length > 1)('sees the limits of its own process', () => {
    const script = `import { passThreads } from '${import.meta.resolve('./pass-threads.ts')}'; console.log(passThreads());`;
    const run = ['-c', '0', process.execPath, '--input-type=module', '-e', script];
    expect(execFileSync('taskset', run, { encoding: 'utf8' }).trim()).toBe('1');
  });
});
