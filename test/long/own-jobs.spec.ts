import '../support/openapi.setup.ts';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Controller,
  type DynamicModule,
  type INestApplication,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DurableModule, DurableStorage } from '@frontier/durable';
import { type JobExecutor, JobsModule, JobsService } from '@frontier/jobs';
import {
  OnWebhook,
  rawBodyOf,
  signedMessageId,
  signStandard,
  type WebhookMessage,
  webhookSecrets,
  WebhookSignatureGuard,
  WebhooksModule,
  WebhooksService,
} from '@frontier/webhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/server.ts';

const SECRETS = webhookSecrets('a secret of the team');

@Injectable()
class Orders {
  @OnWebhook('order.paid')
  paid({ payload }: WebhookMessage): unknown {
    return { booked: payload };
  }
}

@Controller()
class HooksController {
  private readonly webhooks: WebhooksService;

  constructor(webhooks: WebhooksService) {
    this.webhooks = webhooks;
  }

  @Post('hooks')
  @UseGuards(WebhookSignatureGuard)
  async receive(@Req() request: object): Promise<unknown> {
    return (await this.webhooks.receive(rawBodyOf(request), signedMessageId(request))).response;
  }
}

/** An app of a team: nothing of it knows inference. */
function teamModule(folder: string, executor: JobExecutor): DynamicModule {
  const durable = DurableModule.forRoot({ folder });
  const jobs = JobsModule.forRootAsync({
    imports: [durable],
    inject: [DurableStorage],
    useFactory: (storage: DurableStorage) => ({ storage, executor, callbacks: { allowedHosts: [] } }),
  });
  const webhooks = WebhooksModule.forRootAsync({
    imports: [durable],
    inject: [DurableStorage],
    useFactory: (inbox: DurableStorage) => ({ inbox, secrets: SECRETS }),
  });
  @Module({})
  class TeamModule {}
  return { module: TeamModule, imports: [jobs, webhooks], controllers: [HooksController], providers: [Orders] };
}

const ADAPTERS = { Fastify: () => new FastifyAdapter(), Express: () => new ExpressAdapter() };

describe.each(['Fastify', 'Express'] as const)('jobs and webhooks in a Nest app of a team, on %s', (platform) => {
  let folder: string;
  let app: INestApplication;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-own-'));
  });
  afterEach(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });
  const start = async (executor: JobExecutor, rawBody: boolean): Promise<string> => {
    const options = { rawBody, logger: false } as const;
    app = await NestFactory.create(teamModule(folder, executor), ADAPTERS[platform](), options);
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  };
  const body = JSON.stringify({ id: 'evt_1', type: 'order.paid', timestamp: 1, payload: 'é 7' });
  const at = (): number => Math.floor(Date.now() / 1000);
  const post = async (url: string, headers: object): Promise<{ status: number; body: unknown }> => {
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    const response = await fetch(`${url}/hooks`, init);
    return { status: response.status, body: await response.json() };
  };

  it("runs the team's own jobs, and those that a process before it left", async () => {
    const release = Promise.withResolvers<void>();
    await start({ execute: () => release.promise.then(() => ({ output: 'too late' })) }, false);
    const expiresAt = Date.now() + 60_000;
    await app.get(JobsService).accept({ input: 3, owner: 'team', priority: 'normal', expiresAt }, 'job_1');
    await app.close();
    release.resolve();
    await start({ execute: async (input) => ({ output: Number(input) * 2 }) }, false);
    const jobs = app.get(JobsService);
    await waitFor(async () => (await jobs.get('job_1', 'team')).status === 'succeeded');
    expect((await jobs.get('job_1', 'team')).output).toEqual({ output: 6 });
    await expect(jobs.get('job_1', 'other')).rejects.toMatchObject({ code: 'job_not_found', status: 404 });
  });

  it('verifies both signatures where Nest keeps the raw bytes, and refuses others', async () => {
    const url = await start({ execute: async () => ({}) }, true);
    const answer = { id: 'evt_1', type: 'order.paid', status: 'accepted', result: { booked: 'é 7' } };
    expect(await post(url, signStandard(SECRETS[0], 'evt_1', at(), body))).toEqual({ status: 201, body: answer });
    const time = String(at());
    const signature = createHmac('sha256', SECRETS[0].text).update(`${time}.${body}`).digest('hex');
    expect(await post(url, { 'x-timestamp': time, 'x-signature': signature })).toEqual({ status: 201, body: answer });
    const forged = await post(url, { 'x-timestamp': time, 'x-signature': 'a'.repeat(64) });
    expect(forged.status).not.toBe(201);
    expect((await post(url, {})).status).not.toBe(201);
  });

  it('says what to turn on where Nest keeps only the parsed body', async () => {
    const url = await start({ execute: async () => ({}) }, false);
    const messages: unknown[] = [];
    app.useLogger({ log: () => {}, warn: () => {}, error: (message: unknown) => messages.push(message) });
    expect((await post(url, signStandard(SECRETS[0], 'evt_1', at(), body))).status).toBe(500);
    expect(messages.map(String).join('\n')).toContain('rawBody: true');
  });
});
