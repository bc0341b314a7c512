import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AttackedServer, IS_FULL, KEYS, type Outcome } from '../support/attacked-server.ts';
import { ServerProcess } from '../support/server-process.ts';
import { isUp, waitFor } from '../support/server.ts';

const { attacker, neighbour } = KEYS;
const PATIENT = { RATE_LIMIT_RPM: '100000' };

interface Asked {
  prompt?: string;
  tokens?: number;
  headers?: Record<string, string>;
}

describe('shares', () => {
  let server: AttackedServer;
  afterEach(() => server.stop());

  const infer = (token: string, { prompt = 'Tom', tokens = 2, headers }: Asked = {}): Promise<Outcome> => {
    const params = { max_new_tokens: tokens, temperature: 0, ignore_eos: true };
    return server.call('/v1/infer', { token, headers, body: { prompt, params } });
  };
  const statusesOf = (outcomes: readonly Outcome[]): number[] => outcomes.map(({ status }) => status);
  /** A counter of all labels together. */
  const metric = async (name: string): Promise<number> => {
    const { body } = await server.call('/metrics', { method: 'GET' });
    const lines = body.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  it('are of the queue: one key fills it, another is let in', async () => {
    server = await AttackedServer.start({ ...PATIENT, QUEUE_MAX_SIZE: '16', BATCH_MAX_SIZE: '2' });
    const flood = Array.from({ length: 60 }, (_, i) =>
      infer(attacker, { prompt: `Tom ${i}`, tokens: IS_FULL ? 400 : 250 }),
    );
    await waitFor(async () => (await metric('inference_queue_depth')) >= 14);
    const mine = await Promise.all(Array.from({ length: 6 }, (_, i) => infer(neighbour, { prompt: `Lily ${i}` })));
    const refused = statusesOf(await Promise.all(flood)).filter((status) => status === 503).length;
    console.log(`of 60 requests ${refused} were refused; the neighbour: ${statusesOf(mine).join(' ')}`);
    expect(statusesOf(mine)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(refused).toBeGreaterThan(30);
  });

  it('are of the queue in tokens, whatever numbers are asked for', async () => {
    server = await AttackedServer.start({ ...PATIENT, QUEUE_MAX_TOKENS: '3000', BATCH_MAX_SIZE: '1' });
    const messages = [{ role: 'user', content: 'Tom' }];
    const huge = [9e15, 1.7e308, Number.MAX_SAFE_INTEGER, 9e15].flatMap((max_tokens) =>
      [1, 8].map((n) =>
        server.call('/v1/chat/completions', { token: attacker, body: { messages, max_tokens, n, ignore_eos: true } }),
      ),
    );
    await sleep(300);
    const mine = await Promise.all([infer(neighbour), infer(neighbour)]);
    expect(statusesOf(mine)).toEqual([200, 200]);
    const outcomes = await Promise.all(huge);
    const waits = outcomes.filter(({ status }) => status === 503).map(({ headers }) => Number(headers['retry-after']));
    console.log(`asked for everything: ${statusesOf(outcomes).join(' ')}, Retry-After ${waits.join(' ')}`);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(60);
    // The bound holds on: no counter is out of order.
    const again = await Promise.all(
      Array.from({ length: 8 }, (_, i) => infer(attacker, { prompt: `Tom ${i}`, tokens: 900 })),
    );
    expect(statusesOf(again)).toContain(503);
    expect(statusesOf([await infer(neighbour)])).toEqual([200]);
  });

  it('are of engine time: long answers of one key slow another down to half, not to a halt', async () => {
    server = await AttackedServer.start({ ...PATIENT, BATCH_MAX_SIZE: '8' });
    const seconds = IS_FULL ? 10 : 3;
    const rate = async (token: string, clients: number, asked: Asked): Promise<number> => {
      const until = performance.now() + seconds * 1000;
      let tokens = 0;
      const client = async (i: number): Promise<void> => {
        for (let k = 0; performance.now() < until; k++) {
          const { status } = await infer(token, { ...asked, prompt: `${asked.prompt} ${i} ${k}` });
          if (status === 200) tokens += asked.tokens!;
        }
      };
      await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
      return tokens / seconds;
    };
    const mine = { prompt: 'Once upon a time', tokens: 40 };
    const [honest] = await Promise.all([rate(neighbour, 8, mine), rate(attacker, 8, mine)]);
    const [attacked] = await Promise.all([
      rate(neighbour, 8, mine),
      rate(attacker, 40, { prompt: 'word '.repeat(300), tokens: IS_FULL ? 400 : 120 }),
    ]);
    console.log(`tokens a second beside an honest caller ${honest.toFixed(0)}, beside a flood ${attacked.toFixed(0)}`);
    // Long contexts make every pass slower, so tokens are not time; a flood that holds the batch would leave next to none.
    expect(attacked).toBeGreaterThan(0.25 * honest);
  });

  it('are of estimates: what one key does tells nothing about another', async () => {
    server = await AttackedServer.start({ ...PATIENT }, { neighbour: '    tokens_per_minute: 900\n' });
    for (let i = 0; i < (IS_FULL ? 60 : 20); i++) await infer(attacker, { prompt: '漢'.repeat(60), tokens: 1 });
    const { status, body } = await infer(neighbour, { prompt: 'word '.repeat(300), tokens: 4 });
    expect([status, body]).toEqual([200, expect.any(String)]);
  });

  it('are of tokens a minute: who leaves early pays for what the engine computed', async () => {
    server = await AttackedServer.start(PATIENT, { attacker: '    tokens_per_minute: 4000\n' });
    const before = await metric('inference_prompt_tokens_total');
    const left: Outcome[] = [];
    for (let i = 0; i < (IS_FULL ? 300 : 80); i++) {
      const headers = { 'x-request-timeout-ms': String(20 + 5 * (i % 8)) };
      left.push(await infer(attacker, { prompt: `${i} ${'word '.repeat(700)}`, tokens: 2, headers }));
    }
    await sleep(500);
    const computed = (await metric('inference_prompt_tokens_total')) - before;
    const refused = left.filter(({ status }) => status === 429).length;
    console.log(`${computed} prompt tokens computed under 4,000 a minute; ${refused} of ${left.length} refused`);
    expect(refused).toBeGreaterThan(0);
    expect(computed).toBeLessThanOrEqual(4000);
  });
});

describe('without descriptors', () => {
  it('the server lives, though its engine dies meanwhile', async () => {
    const flags = ['--import', resolve(import.meta.dirname, '../support/descriptor-hog.mjs')];
    const main = resolve(import.meta.dirname, '../../apps/server/dist/main.js');
    const command = ['bash', '-c', `ulimit -n 400; exec "${process.execPath}" ${flags.join(' ')} "${main}"`];
    const server = new ServerProcess({}, [], { command, hasChannel: true });
    try {
      const url = await server.ready();
      const engine = await server.engine();
      server.child.send!('hog');
      const [{ held }] = (await once(server.child, 'message')) as [{ held: number }];
      expect(held).toBeGreaterThan(50);
      process.kill(engine, 'SIGKILL');
      await sleep(2000);
      expect(server.child.exitCode).toBeNull();
      server.child.send!('release');
      await waitFor(() => isUp(`${url}/ready`), 30_000);
      expect(readFileSync(`/proc/${server.child.pid}/status`, 'utf8')).toContain('State:');
    } finally {
      server.child.kill('SIGKILL');
      await server.exit();
    }
  });
});
