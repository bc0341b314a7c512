import { afterEach, describe, expect, it } from 'vitest';
import { failEngine } from '../support/fail-engine.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('an engine process that fails', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it.each([
    ['SIGKILL', 5000],
    ['SIGSTOP', 5000 + 1500],
  ] as const)('by %s is ready again within %i ms, and holds up no probe meanwhile', async (signal, withinMs) => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '8', ENGINE_HANG_TIMEOUT_MS: '1000' } });
    const { recoveryMs, slowestMs } = await failEngine(server, signal);
    expect(recoveryMs).toBeLessThan(withinMs);
    expect(slowestMs).toBeLessThan(250);
  });
});
