import { afterEach, describe, expect, it } from 'vitest';
import { overload } from '../support/overload.ts';
import { ServerProcess } from '../support/server-process.ts';

describe('more requests than the engine can work off', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });

  it('are refused within 50 ms inside the server', async () => {
    server = new ServerProcess({ QUEUE_MAX_SIZE: '20', BATCH_MAX_SIZE: '8', RATE_LIMIT_RPM: '1000000' });
    const { outcomes } = await overload({
      url: await server.ready(),
      path: '/v1/infer',
      body: (i) => ({ prompt: `Tale ${i}`, params: { temperature: 0, max_new_tokens: 64, ignore_eos: true } }),
      perSecond: 500,
      seconds: 10,
      pids: [server.child.pid!],
    });
    const refused = outcomes.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(outcomes.length / 2);
    const insideMs = refused.map((outcome) => outcome.insideMs).toSorted((a, b) => a - b);
    expect(insideMs[Math.floor(insideMs.length * 0.99)]).toBeLessThan(50);
  });
});
