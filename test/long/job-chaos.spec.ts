import { describe, expect, it } from 'vitest';
import { jobChaos } from '../support/job-chaos.ts';
import { hasRedis } from '../support/redis.ts';

describe('accepted jobs', () => {
  it.each(hasRedis ? (['sqlite', 'bullmq'] as const) : (['sqlite'] as const))(
    'outlive a server that is killed again and again (%s)',
    async (backend) => {
      const result = await jobChaos({ backend, jobs: 120, kills: 3 });
      expect(result).toMatchObject({ lost: 0, refused: 0 });
      expect(result.delivered).toBe(result.accepted);
      expect(result.accepted).toBeGreaterThanOrEqual(120);
    },
    120_000,
  );
});
