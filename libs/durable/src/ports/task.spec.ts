import { describe, expect, it } from 'vitest';
import { decodeTask, encodeTask } from './task.js';

describe(encodeTask, () => {
  it('writes the texts that files and servers of older versions have', () => {
    expect(encodeTask({ jobId: 'job_1' })).toBe('job_1');
    expect(encodeTask({ jobId: 'job_1', run: 4 })).toBe('job_1:4');
    expect(encodeTask({ jobId: 'job_1', delivery: 2 })).toBe('job_1:2');
  });
});

describe(decodeTask, () => {
  it('reads what was encoded', () => {
    for (const task of [{ jobId: 'a' }, { jobId: 'a', run: 0 }, { jobId: 'a', run: 12 }])
      expect(decodeTask('jobs', encodeTask(task))).toEqual(task);
    expect(decodeTask('deliveries', 'a:3')).toEqual({ jobId: 'a', delivery: 3 });
  });

  it('makes a text with no number a task that no job has', () => {
    expect(decodeTask('deliveries', 'a')).toEqual({ jobId: 'a', delivery: NaN });
    expect(decodeTask('jobs', 'a:x')).toEqual({ jobId: 'a', run: NaN });
  });
});
