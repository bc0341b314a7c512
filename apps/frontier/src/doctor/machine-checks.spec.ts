import { describe, expect, it } from 'vitest';
import { machineChecks } from './machine-checks.js';

describe(machineChecks, () => {
  it('has a failed check for each variable that is wrong', async () => {
    const env = { PORT: '99999', HF_ENDPOINT: 'none', DATA_DIR: '/etc/hostname/data' };
    const checks = await Array.fromAsync(machineChecks(env));
    const failed = checks.filter(({ status }) => status === 'fail');
    expect(failed.map(({ name }) => name)).toEqual(['variables', 'port', 'folders', 'disk']);
    expect(failed.map(({ found }) => found)).toEqual([
      expect.stringContaining('PORT'),
      expect.stringContaining('port'),
      expect.stringContaining('/etc/hostname'),
      expect.stringContaining('HF_ENDPOINT'),
    ]);
    expect(failed.filter((check) => check.do === undefined)).toEqual([]);
  });
});
