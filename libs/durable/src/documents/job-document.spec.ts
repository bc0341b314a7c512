import { describe, expect, it } from 'vitest';
import type { Job } from '../ports/job.js';
import { readJob, writeJob } from './job-document.js';

const JOB: Job = {
  id: 'a',
  version: 0,
  status: 'queued',
  owner: 'me',
  input: {},
  priority: 'normal',
  createdAt: 1,
  expiresAt: 2,
  attempts: 0,
  deliveries: [],
};

describe(writeJob, () => {
  it('keeps the field names of older versions, which may share the storage', () => {
    const stored: unknown = JSON.parse(writeJob({ ...JOB, run: 3, deferrals: 2 }));
    expect(stored).toEqual({ ...JOB, entry: 'a:3', waits: 2 });
    expect(JSON.parse(writeJob(JOB))).toEqual({ ...JOB, entry: 'a' });
  });
});

describe(readJob, () => {
  it('reads what was written, the first run and later ones', () => {
    for (const job of [JOB, { ...JOB, run: 3, deferrals: 2 }]) expect(readJob(writeJob(job), 'a')).toEqual(job);
  });

  it.each(['', 'null', '{}', '[]', '{"id":"b","entry":"b","deliveries":[]}', '{"id":"a","deliveries":[]}'])(
    'refuses %j',
    (text) => {
      expect(() => readJob(text, 'a')).toThrow(/no (job|JSON)/);
    },
  );
});
