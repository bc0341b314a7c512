/**
 * Cost of the live stream: the same closed loop of callers on a server without it, with its collector alone, and with eight readers, in turns.
 * Prints tokens per second, and the CPU time that the server process (not its engine) took for them.
 *
 *   npm run bench:live [-- --rounds 9 --seconds 3]
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ServerProcess } from '../support/server-process.ts';
import { median } from './median.ts';

const CALLERS = 16;
const MAX_NEW_TOKENS = 64;
/** Two streams for each. */
const KEYS = ['a', 'b', 'c', 'd'];
/** Of `/proc/<pid>/stat`, on Linux. */
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({ options: { rounds: { type: 'string' }, seconds: { type: 'string' } } });
const ROUNDS = Number(values.rounds ?? 9);
const SECONDS = Number(values.seconds ?? 3);

interface Round {
  tokensPerSecond: number;
  /** CPU milliseconds of the server process for a thousand tokens. */
  cpuMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
const keys = join(folder, 'keys.yaml');
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
writeFileSync(keys, `keys: [${KEYS.map((name) => `{ name: ${name}, sha256: ${digest(name)}, admin: true }`).join()}]`);

const start = (isEnabled: boolean): ServerProcess =>
  new ServerProcess({
    API_KEYS_FILE: keys,
    RATE_LIMIT_RPM: '1000000',
    CACHE_BACKEND: 'none',
    ENABLE_CONSOLE: String(isEnabled),
  });

const [without, withIt] = [start(false), start(true)];
const [withoutUrl, url] = [await without.ready(), await withIt.ready()];
const kinds = {
  'no collector': () => round(without, withoutUrl, 0),
  'collector alone': () => round(withIt, url, 0),
  '8 readers': () => round(withIt, url, 8),
};
const rounds = new Map<string, Round[]>(Object.keys(kinds).map((kind) => [kind, []]));
// The first one of each warms up.
for (let i = 0; i <= ROUNDS; i++) {
  for (const [kind, run] of Object.entries(kinds)) {
    const result = await run();
    if (i > 0) rounds.get(kind)!.push(result);
  }
}
const [base] = rounds.values();
console.log('| | tokens/s | of none | CPU ms for 1,000 tokens |\n| :--- | ---: | ---: | ---: |');
for (const [kind, list] of rounds) {
  // Each round beside that of the same turn: the machine changes less within one.
  const share = median(list.map(({ tokensPerSecond }, i) => tokensPerSecond / base[i].tokensPerSecond));
  const speed = median(list.map(({ tokensPerSecond }) => tokensPerSecond)).toFixed(0);
  console.log(`| ${kind} | ${speed} | ${share.toFixed(3)} | ${median(list.map(({ cpuMs }) => cpuMs)).toFixed(1)} |`);
}
for (const server of [without, withIt]) {
  server.child.kill();
  await server.exit();
}
rmSync(folder, { recursive: true });

async function round({ child }: ServerProcess, server: string, streams: number): Promise<Round> {
  const leaver = new AbortController();
  // Their history is sent before the measurement.
  const opening = Array.from({ length: streams }, (_, i) => open(server, KEYS[i % KEYS.length], leaver.signal));
  const readers = (await Promise.all(opening)).map(readAll);
  await sleep(500);
  const cpuBefore = cpuMsOf(child.pid!);
  const startedAt = performance.now();
  const deadline = startedAt + SECONDS * 1000;
  const tokens = await Promise.all(Array.from({ length: CALLERS }, (_, i) => call(server, i, deadline)));
  const seconds = (performance.now() - startedAt) / 1000;
  const total = tokens.reduce((sum, one) => sum + one, 0);
  const cpuMs = cpuMsOf(child.pid!) - cpuBefore;
  leaver.abort();
  await Promise.all(readers);
  return { tokensPerSecond: total / seconds, cpuMs: (cpuMs / total) * 1000 };
}

async function call(server: string, caller: number, deadline: number): Promise<number> {
  const headers = { authorization: 'Bearer a', 'content-type': 'application/json' };
  const params = { max_new_tokens: MAX_NEW_TOKENS, ignore_eos: true };
  let tokens = 0;
  for (let i = 0; performance.now() < deadline; i++) {
    const body = JSON.stringify({ prompt: `Caller ${caller} asks for tale ${i}`, params });
    const response = await fetch(`${server}/v1/infer/stream`, { method: 'POST', headers, body });
    await response.arrayBuffer();
    tokens += MAX_NEW_TOKENS;
  }
  return tokens;
}

async function open(server: string, key: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(`${server}/v1/live`, { headers: { authorization: `Bearer ${key}` }, signal });
  if (response.status !== 200) throw new Error(await response.text());
  return response;
}

async function readAll(response: Response): Promise<void> {
  await response.arrayBuffer().catch(() => {});
}

/** CPU time of a process so far. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
