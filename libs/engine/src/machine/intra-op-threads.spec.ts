import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { intraOpThreads } from './intra-op-threads.js';

describe(intraOpThreads, () => {
  it('leaves the choice to ONNX Runtime where all cores are usable', () => {
    expect(intraOpThreads(8, 8)).toBe(0);
  });

  it('takes no more than a container may use', () => {
    expect(intraOpThreads(2, 64)).toBe(2);
  });

  it.runIf(process.platform === 'linux' && cpus().length > 1)('sees the limits of its own process', () => {
    const script = `import { intraOpThreads } from '${import.meta.resolve('./intra-op-threads.ts')}'; console.log(intraOpThreads());`;
    const run = ['-c', '0', process.execPath, '--input-type=module', '-e', script];
    expect(execFileSync('taskset', run, { encoding: 'utf8' }).trim()).toBe('1');
  });
});
