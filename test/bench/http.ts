/**
 * What the HTTP side costs: a cached `/v1/infer` hit and a request over its limit, beside a bare Fastify route and a bare
 * Nest route with answers of the same size; and each guard, pipe and interceptor alone on the bare Nest route. Every
 * server is a process of its own; rounds are interleaved, and figures are medians.
 *
 *   npm run bench:http [-- --seconds 3 --rounds 3]
 *
 * With the built checkout of another commit, its servers run in the same rounds, and only what both serve whole is compared:
 *
 *   npm run bench:http -- --rounds 5 --against ../other-checkout
 */
import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import autocannon from 'autocannon';
import fastify from 'fastify';
import { AuthModule, BearerTokenGuard } from '@frontier/auth';
import { RateLimitGuard, RateLimitModule } from '@frontier/rate-limit';
import { CurrentRequest } from '../../libs/http/dist/context/request-context.js';
import { RequestBodyGuard } from '../../libs/http/dist/body/request-body.guard.js';
import { leaveBodiesUnread } from '../../libs/http/dist/body/unread-body.js';
import { ValidatedBodyCache } from '../../libs/http/dist/validation/validated-body-cache.js';
import { observeRequests } from '../../libs/http/dist/context/request-observer.js';
import { addResponseHeaders } from '../../libs/http/dist/headers/response-headers.js';
import { RequestValidationPipe } from '../../libs/http/dist/validation/validation.pipe.js';
import { InferRequest } from '../../libs/inference-http/dist/infer/infer.request.js';
import { startTracing } from '@frontier/telemetry/tracing';
import { startServer, TOKEN } from '../support/server.ts';

const BODY = JSON.stringify({ prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 24 } });
const ANSWER = {
  id: 'infer-0d3f6c1e-8f5b-4f0e-9a4b-2f6a4d0c8f11',
  model: 'storyteller',
  output: ', there was a little girl named Lily. She loved to play outside in the sunshine. One',
  usage: { prompt_tokens: 5, completion_tokens: 24, total_tokens: 29 },
  latency_ms: 0.3,
  cached: true,
  finish_reason: 'length',
};
const CONNECTIONS = 32;

const { values } = parseArgs({
  options: {
    serve: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    against: { type: 'string' },
  },
});

/** A Nest application with one route, and what is put in front of it. */
interface BareOptions {
  imports?: object[];
  providers?: object[];
  /** Decorators of the second parameter. */
  context?: ParameterDecorator;
  /** The class of the body. */
  body?: unknown;
  /** Leaves out Nest's own JSON parser. */
  ownParser?: true;
  prepare?: (app: NestFastifyApplication, adapter: FastifyAdapter) => void;
}

async function bareNest({ imports, providers, context, body, ownParser, prepare }: BareOptions = {}): Promise<string> {
  class Bare {
    infer(): object {
      return ANSWER;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Bare.prototype, 'infer')!;
  Body()(Bare.prototype, 'infer', 0);
  context?.(Bare.prototype, 'infer', 1);
  Reflect.defineMetadata('design:paramtypes', [body ?? Object, Object], Bare.prototype, 'infer');
  for (const decorate of [Post(), HttpCode(200)]) decorate(Bare.prototype, 'infer', descriptor);
  Controller('v1/infer')(Bare);
  class App {}
  Module({ imports: imports as never, controllers: [Bare], providers: providers as never })(App);
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(App, adapter, {
    logger: false,
    bodyParser: !ownParser,
  });
  prepare?.(app, adapter);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

async function bareFastify(): Promise<string> {
  const app = fastify();
  app.post('/v1/infer', async () => ANSWER);
  return app.listen({ port: 0, host: '127.0.0.1' });
}

async function wholeServer(env: Record<string, string>): Promise<string> {
  const server = await startServer({ env: { CACHE_BACKEND: 'memory', RATE_LIMIT_RPM: '1000000000', ...env } });
  return server.url;
}

/** Spans are made, and go nowhere: what sending them costs depends on the receiver. */
async function traced(env: Record<string, string>): Promise<string> {
  startTracing({ serviceName: 'bench', serviceVersion: '0' });
  return wholeServer(env);
}

const SERVERS: Record<string, () => Promise<string>> = {
  'bare Fastify': bareFastify,
  'bare Nest': () => bareNest(),
  '+ BearerTokenGuard': () =>
    bareNest({
      imports: [AuthModule.forRoot({ token: TOKEN })],
      providers: [{ provide: APP_GUARD, useExisting: BearerTokenGuard }],
    }),
  '+ RateLimitGuard': () =>
    bareNest({
      imports: [RateLimitModule.forRoot({ requests: 1e9, windowMs: 60_000 })],
      providers: [{ provide: APP_GUARD, useExisting: RateLimitGuard }],
    }),
  '+ RequestValidationPipe': () =>
    bareNest({
      body: InferRequest,
      prepare: (app) => app.useGlobalPipes(new RequestValidationPipe(new ValidatedBodyCache())),
    }),
  '+ call context': () =>
    bareNest({
      context: CurrentRequest() as ParameterDecorator,
      prepare: (_, adapter) => observeRequests(adapter.getInstance(), { isTraced: false, withContent: false }),
    }),
  '+ response headers': () => bareNest({ prepare: (_, adapter) => addResponseHeaders(adapter.getInstance()) }),
  '+ JSON parser': () =>
    bareNest({
      ownParser: true,
      prepare: (app, adapter) => {
        leaveBodiesUnread(adapter.getInstance());
        app.useGlobalGuards(new RequestBodyGuard({ maxBytes: 2 ** 21 }, new ValidatedBodyCache()));
      },
    }),
  'cached hit': () => wholeServer({ ENABLE_METRICS: 'false', ENABLE_TRACING: 'false' }),
  'cached hit, metrics': () => wholeServer({ ENABLE_TRACING: 'false' }),
  'cached hit, traces': () => traced({ ENABLE_METRICS: 'false' }),
  'cached hit, logs': () => wholeServer({ ENABLE_METRICS: 'false', ENABLE_TRACING: 'false', LOG_LEVEL: 'INFO' }),
  'cached hit, all three': () => traced({ LOG_LEVEL: 'INFO' }),
  'over its limit (429)': () => traced({ RATE_LIMIT_RPM: '1', LOG_LEVEL: 'INFO' }),
};

if (values.serve) await serve(values.serve);
else if (values.against) await compare(values.against);
else await measureAll();

/** The child: serves, and answers each message with the CPU time that it has used, in microseconds. */
async function serve(name: string): Promise<void> {
  process.send!({ url: await SERVERS[name]() });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send!({ cpuUs: user + system });
  });
  process.on('disconnect', () => process.exit());
}

interface Figures {
  perSecond: number;
  p99: number;
  cpuUs: number;
}

interface Measured {
  child: ChildProcess;
  url: string;
  rounds: Figures[];
}

/** Starts a server in a process of its own. */
async function start(name: string, program = import.meta.filename): Promise<Measured> {
  const child = fork(program, ['--serve', name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`"${name}" did not start.`)));
  const [{ url }] = (await Promise.race([once(child, 'message'), failed])) as [{ url: string }];
  failed.catch(() => {});
  await load(url, 2);
  return { child, url, rounds: [] };
}

/** Loads all servers in turn, in several rounds. */
async function measure(children: ReadonlyMap<string, Measured>): Promise<void> {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { child, url, rounds } of children.values()) {
      const before = await cpu(child);
      const { requests, latency } = await load(url, Number(values.seconds));
      rounds.push({
        perSecond: requests.average,
        p99: latency.p99,
        cpuUs: ((await cpu(child)) - before) / requests.total,
      });
    }
  }
}

async function measureAll(): Promise<void> {
  const children = new Map<string, Measured>();
  for (const name of Object.keys(SERVERS)) children.set(name, await start(name));
  await measure(children);
  const figures = new Map([...children].map(([name, { rounds }]) => [name, medians(rounds)]));
  const nest = figures.get('bare Nest')!;
  console.log('| route | requests/s | x bare Nest | p99 ms | CPU us | over bare Nest us |');
  console.log('| :--- | ---: | ---: | ---: | ---: | ---: |');
  for (const [name, { perSecond, p99, cpuUs }] of figures) {
    const ratio = (perSecond / nest.perSecond).toFixed(2);
    const over = (cpuUs - nest.cpuUs).toFixed(0);
    console.log(`| ${name} | ${perSecond.toFixed(0)} | ${ratio} | ${p99.toFixed(0)} | ${cpuUs.toFixed(0)} | ${over} |`);
  }
  for (const { child } of children.values()) child.disconnect();
}

/** The whole servers of this checkout and of another one. */
async function compare(folder: string): Promise<void> {
  const names = Object.keys(SERVERS).filter((name) => !name.startsWith('+') && !name.startsWith('bare'));
  const children = new Map<string, Measured>();
  for (const name of names) {
    children.set(name, await start(name));
    children.set(`other ${name}`, await start(name, resolve(folder, 'test/bench/http.ts')));
  }
  await measure(children);
  console.log('| route | CPU us | of the other commit | ratio, round by round | median |');
  console.log('| :--- | ---: | ---: | :--- | ---: |');
  for (const name of names) {
    const [own, other] = [name, `other ${name}`].map((key) => children.get(key)!.rounds.map(({ cpuUs }) => cpuUs));
    const ratios = own.map((cpuUs, i) => cpuUs / other[i]);
    const figures = [
      median(own).toFixed(0),
      median(other).toFixed(0),
      ratios.map((ratio) => ratio.toFixed(2)).join(' '),
    ];
    console.log(`| ${name} | ${figures.join(' | ')} | ${median(ratios).toFixed(2)} |`);
  }
  for (const { child } of children.values()) child.disconnect();
}

async function load(url: string, seconds: number): Promise<autocannon.Result> {
  return autocannon({
    url: `${url}/v1/infer`,
    method: 'POST',
    connections: CONNECTIONS,
    duration: seconds,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: BODY,
  });
}

async function cpu(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpuUs }] = (await once(child, 'message')) as [{ cpuUs: number }];
  return cpuUs;
}

function medians(rounds: Figures[]): Figures {
  const of = (figure: keyof Figures): number => median(rounds.map((round) => round[figure]));
  return { perSecond: of('perSecond'), p99: of('p99'), cpuUs: of('cpuUs') };
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];
}
