/**
 * The scenarios and thresholds of load-test.js where there is no k6, in a time of your choice: users that ask once a second, ramped
 * to 50 and to 100, beside five that stream. Without a URL it starts a server of its own with the bundled model.
 *
 * Another server needs `RATE_LIMIT_RPM=1000000`: all users share one token.
 *
 *   npm run load [-- --duration 20 --url http://localhost:8080 --token changeme]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { freePort } from '../support/redis.ts';
import { isUp, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';

const { values } = parseArgs({
  options: {
    duration: { type: 'string', default: '60' },
    url: { type: 'string' },
    token: { type: 'string', default: 'changeme' },
  },
});
const THRESHOLDS = { p95: 300, p99: 500, errors: 0.01 };
/** Users, and what share of the time they take: those of the k6 script, each ramp as its mean. */
const PHASES = [
  { users: 25, share: 2 / 16 },
  { users: 50, share: 5 / 16 },
  { users: 75, share: 2 / 16 },
  { users: 100, share: 5 / 16 },
  { users: 50, share: 2 / 16 },
] as const;
const STREAMS = 5;

interface Figures {
  requests: number;
  failed: number;
  p50: number;
  p95: number;
  p99: number;
}

const port = await freePort();
const server =
  values.url === undefined
    ? new ServerProcess({
        PORT: String(port),
        TRUTHGPT_API_TOKEN: values.token,
        LOG_LEVEL: 'ERROR',
        RATE_LIMIT_RPM: '1000000',
      })
    : undefined;
const url = values.url ?? `http://127.0.0.1:${port}`;
const headers = { authorization: `Bearer ${values.token}`, 'content-type': 'application/json' };
const body = (tokens: number): string =>
  JSON.stringify({ prompt: 'Once upon a time', params: { max_new_tokens: tokens } });

/**
 * Users that ask once a second, on a connection each. Like those of the k6 script they do not all ask at the same moment:
 * groups of five begin one after another, spread over a second.
 */
async function load(path: string, users: number, seconds: number, tokens: number): Promise<Figures> {
  const groups = Math.ceil(users / 5);
  const times: number[] = [];
  const refused = new Map<number, number>();
  const failures = Array.from({ length: groups }, async (_, group) => {
    await sleep((1000 * group) / groups);
    const size = Math.min(5, users - 5 * group);
    const options = { url: `${url}${path}`, method: 'POST' as const, headers, body: body(tokens) };
    const run = { ...options, connections: size, overallRate: size, duration: Math.max(1, seconds) };
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const instance = autocannon(run, (error, result) => {
      if (error) reject(error as Error);
      else resolve(result.non2xx + result.errors + result.timeouts);
    });
    instance.on('response', (_client, status, _bytes, responseTime) => {
      times.push(responseTime);
      if (status >= 300) refused.set(status, (refused.get(status) ?? 0) + 1);
    });
    return promise;
  });
  const failed = (await Promise.all(failures)).reduce((sum, count) => sum + count, 0);
  for (const [status, count] of refused) console.error(`${path}: ${count} answers with status ${status}`);
  const sorted = times.toSorted((one, other) => one - other);
  const percentile = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Infinity);
  return { requests: times.length, failed, p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
}

console.log('| scenario | users | requests | failed | p50 ms | p95 ms | p99 ms |');
console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: |');
let isGood = true;
const tell = (
  scenario: string,
  users: number,
  { requests, failed, p50, p95, p99 }: Figures,
  isTimed: boolean,
): void => {
  console.log(`| ${[scenario, users, requests, failed, p50, p95, p99].join(' | ')} |`);
  isGood &&= requests > 0 && failed / requests < THRESHOLDS.errors;
  if (isTimed) isGood &&= p95 < THRESHOLDS.p95 && p99 < THRESHOLDS.p99;
};
try {
  await waitFor(() => isUp(`${url}/ready`), 30_000);
  const duration = Number(values.duration);
  const streaming = load('/v1/infer/stream', STREAMS, duration, 32);
  for (const { users, share } of PHASES)
    tell('infer', users, await load('/v1/infer', users, duration * share, 8), true);
  tell('stream', STREAMS, await streaming, false);
} finally {
  server?.child.kill('SIGTERM');
}
const { p95, p99, errors } = THRESHOLDS;
const limits = `p95 < ${p95} ms, p99 < ${p99} ms, errors < ${100 * errors} %`;
console.log(isGood ? `\nAll thresholds hold: ${limits}.` : `\nA threshold is exceeded: ${limits}.`);
process.exit(isGood ? 0 : 1);
