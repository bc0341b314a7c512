import { createPackageFromTarballData, checkPackage } from '@arethetypeswrong/core';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/server.ts';
import { ExampleProcess } from './support/example-process.ts';
import { ForeignFolder, packLibs, type PackedLibs } from './support/foreign-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** The oldest version of Nest that the libs allow, and the one of this repository. */
const NEST = {
  oldest: { common: '12.5.0', core: '12.5.0', 'platform-fastify': '12.5.0', 'platform-express': '12.5.0' },
  locked: { common: '12.5.1', core: '12.5.1', 'platform-fastify': '12.5.0', 'platform-express': '12.5.0' },
} as const;

let packed: PackedLibs;
beforeAll(async () => {
  packed = await packLibs();
}, 300_000);
afterAll(() => rmSync(packed.folder, { recursive: true, force: true }));

describe('the packed libs', () => {
  const libs = globSync('libs/*', { cwd: ROOT });

  it.each(libs)('%s has what npm needs, its types for ESM, and its sources', async (lib) => {
    const { name } = JSON.parse(readFileSync(resolve(ROOT, lib, 'package.json'), 'utf8')) as { name: string };
    const data = readFileSync(packed.tarballs[name]);
    const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);

    const contents = createPackageFromTarballData(new Uint8Array(tarball));
    const { problems = [] } = (await checkPackage(contents)) as {
      problems?: { kind: string; resolutionKind?: string }[];
    };
    // The libs are ESM only: a CommonJS app on Node 24 requires them as they are.
    const ofEsm = problems.filter(
      ({ kind, resolutionKind }) =>
        kind !== 'CJSResolvesToESM' && !['node10', 'node16-cjs'].includes(resolutionKind ?? ''),
    );
    expect(ofEsm).toEqual([]);
    const files = contents.listFiles();
    for (const needed of ['package.json', 'README.md', 'LICENSE', 'src/index.ts', 'dist/index.js']) {
      expect(files.some((file) => file.endsWith(`/${needed}`))).toBe(true);
    }
    expect(files.filter((file) => /\.spec\.|tsbuildinfo/.test(file))).toEqual([]);
  });
});

describe.each(Object.entries(NEST))('with the %s version of Nest', (version, nest) => {
  let foreign: ForeignFolder;
  beforeAll(async () => {
    foreign = new ForeignFolder(packed, nest, resolve(import.meta.dirname, `nest-${version}.lock.json`));
    await foreign.install();
    await Promise.all([foreign.build('team-module'), foreign.build('own-app')]);
  }, 600_000);
  afterAll(() => foreign?.remove());

  it('there is one copy of Nest', () => {
    for (const name of ['common', 'core'] as const) expect(foreign.copiesOf(`@nestjs/${name}`)).toEqual([nest[name]]);
  });

  it('types are right for bundlers, too', async () => {
    await foreign.build('own-app', '--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler');
  });

  describe('examples/team-module', () => {
    let server: ExampleProcess;
    beforeAll(async () => {
      server = await ExampleProcess.start(foreign.example('team-module'), {
        TRUTHGPT_CONFIG: 'models.yaml',
        WEBHOOK_HMAC_SECRET: SECRET,
        LOG_LEVEL: 'WARN',
      });
    }, 90_000);
    afterAll(() => server?.stop());

    const writer = { token: 'writer-token' };
    const reader = { token: 'reader-token' };

    it('serves the route of the team, behind its guard and ours', async () => {
      const body = { text: 'Once upon a time' };
      const { status, body: answer } = await server.call('POST', '/v1/team/summaries', { ...writer, body });
      expect([status, answer]).toEqual([200, { summary: expect.stringMatching(/there was a little girl/) }]);
      const refused = [
        await server.call('POST', '/v1/team/summaries', { body }),
        await server.call('POST', '/v1/team/summaries', { ...reader, body }),
        await server.call('GET', '/v1/team/nothing', writer),
        await server.call('GET', '/v1/team/rates/XXX', writer),
        await server.call('POST', '/v1/team/summaries', { ...writer, body: { text: 3, more: 1 } }),
      ];
      expect(refused.map((answered) => [answered.status, answered.body.code ?? answered.body.error.code])).toEqual([
        [401, 'unauthorized'],
        [403, 'forbidden'],
        [404, 'not_found'],
        [409, 'conflict'],
        [422, 'invalid_request'],
      ]);
    });

    it('has the console, which came with the server', async () => {
      const page = await fetch(`${server.url}/console/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Frontier')]);
    });

    it('caches, breaks circuits and limits', async () => {
      const rates = async (currency: string, who = writer) => server.call('GET', `/v1/team/rates/${currency}`, who);
      expect((await rates('EUR')).body).toEqual({ rate: 3, asked: 1 });
      expect((await rates('EUR')).body).toEqual({ rate: 3, asked: 1 });
      const limited = await rates('EUR');
      expect([limited.status, limited.body.code]).toEqual([429, 'rate_limit_exceeded']);
      const failed = [await rates('DOWN', reader), await rates('DOWN', reader), await rates('DOWN', reader)];
      expect(failed.map(({ status, body }) => [status, body.code])).toEqual([
        [500, 'internal_error'],
        [500, 'internal_error'],
        [503, 'circuit_open'],
      ]);
      // One fault in a row too few for the log is none: two lines, and none for refusals.
      expect(server.output.match(/rates of exchange is away/g)?.length).toBeGreaterThanOrEqual(2);
      expect(server.output).not.toContain('Only writers');
    });

    it('runs jobs, checks, webhooks, metrics and Swagger with the part of the team', async () => {
      const accepted = await server.call('POST', '/v1/jobs', {
        ...writer,
        body: { prompt: 'Tom', params: { max_new_tokens: 3 } },
      });
      expect(accepted.status).toBe(202);
      await waitFor(async () => {
        const { body } = await server.call('GET', `/v1/jobs/${accepted.body.id}`, writer);
        return body.status === 'succeeded';
      });
      const { body: readiness } = await server.call('GET', '/readyz');
      expect(readiness).toMatchObject({
        status: 'ready',
        degraded: ['quota: 5 % left'],
        checks: { quota: {}, models: {} },
      });
      expect(await sentWebhook(server, '/webhooks/ingest', { type: 'order.paid', data: { order: 7 } })).toMatchObject({
        status: 202,
        body: { result: { booked: { order: 7 } } },
      });
      expect((await server.call('GET', '/metrics')).text).toContain('team_summaries_total 1');
      const { body: document } = await server.call('GET', '/docs/json');
      expect(Object.keys(document.paths)).toContain('/v1/team/summaries');
    });

    it('changes the output by the logits processor that a request names', async () => {
      const infer = async (logits_processors?: unknown) =>
        server.call('POST', '/v1/infer', {
          ...writer,
          body: { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0, logits_processors } },
        });
      const [plain, again] = [await infer(), await infer([])];
      const { body: first } = await server.call('POST', '/tokenize', {
        ...writer,
        body: { prompt: plain.body.output, add_special_tokens: false },
      });
      const forbidden = await infer([{ name: 'forbid', parameters: { tokens: first.tokens.slice(0, 1) } }]);
      expect(again.body.output).toBe(plain.body.output);
      expect([forbidden.status, forbidden.body.output]).toEqual([200, expect.not.stringContaining(plain.body.output)]);
      const unknown = await infer(['shout']);
      expect([unknown.status, unknown.body.detail]).toEqual([422, expect.stringMatching(/"shout".*forbid/)]);
      const broken = await infer(['forbid']);
      expect(broken.status).toBeGreaterThanOrEqual(400);
      expect((await infer()).body.output).toBe(plain.body.output);
    });
  });

  describe.each([
    ['fastify', 'ours'],
    ['express', 'ours'],
    ['express', "Nest's own"],
  ])('examples/own-app on %s, errors answered by %s filter', (platform, filter) => {
    let app: ExampleProcess;
    beforeAll(async () => {
      app = await ExampleProcess.start(foreign.example('own-app'), {
        PLATFORM: platform,
        MODEL: resolve(ROOT, 'models/storyteller'),
        WEBHOOK_SECRET: SECRET,
        PLAIN_FILTER: String(filter !== 'ours'),
      });
    }, 90_000);
    afterAll(() => app?.stop());

    const owner = { token: 'own-token' };
    const guest = { token: 'guest-token' };
    const story = (tokens: number) => ({ beginning: 'Once upon a time', tokens });

    it('answers, keeps answers, and refuses with status and code', async () => {
      const told = await app.call('POST', '/stories', { ...owner, body: story(8) });
      expect([told.status, told.body]).toEqual([
        200,
        { story: expect.stringMatching(/there was a little girl/), cache: 'MISS' },
      ]);
      expect((await app.call('POST', '/stories', { ...owner, body: story(8) })).body.cache).toBe('HIT');
      expect((await app.call('GET', '/stories/secrets', owner)).body).toEqual({ secret: 'the fox is the king' });

      const key = { 'idempotency-key': 'one' };
      const twice = await Promise.all(
        [1, 2].map(() => app.call('POST', '/stories', { ...owner, headers: key, body: story(100) })),
      );
      expect(twice.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      const replayed = await app.call('POST', '/stories', { ...owner, headers: key, body: story(100) });
      expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([200, 'true']);

      const define = async (word: string) => app.call('GET', `/stories/definitions/${word}`, guest);
      for (let i = 0; i < 2; i++) expect((await define('fox')).body).toEqual({ definition: 'fox: a word', looked: 1 });
      const refused: [number, string, Awaited<ReturnType<typeof define>>][] = [
        [401, 'unauthorized', await app.call('POST', '/stories', { body: story(1) })],
        [403, 'forbidden', await app.call('GET', '/stories/secrets', guest)],
        [404, 'job_not_found', await app.call('GET', '/jobs/none', owner)],
        [404, 'not_found', await app.call('GET', '/nothing', owner)],
        [409, 'idempotency_key_in_use', twice.find(({ status }) => status === 409)!],
        [422, 'idempotency_key_reused', await app.call('POST', '/stories', { ...owner, headers: key, body: story(9) })],
        [422, 'unprocessable_entity', await app.call('POST', '/stories', { ...owner, body: { beginning: 'x' } })],
        [418, 'im_a_teapot', await app.call('GET', '/teapot')],
        [500, 'internal_error', await define('down')],
        [500, 'internal_error', await define('down')],
        [429, 'rate_limit_exceeded', await define('fox')],
        [503, 'circuit_open', await app.call('GET', '/stories/definitions/down', owner)],
      ];
      expect(refused.map(([, , { status }]) => status)).toEqual(refused.map(([status]) => status));
      if (filter === 'ours')
        expect(refused.map(([, , { body }]) => body.code)).toEqual(refused.map(([, code]) => code));
      // Faults are logged; refusals are none.
      expect(app.output.match(/dictionary is away/g)?.length).toBeGreaterThanOrEqual(2);
      if (filter === 'ours') expect(app.output).not.toMatch(/ERROR.*(token|limit|Not ready)/i);
    });

    it('runs a job, a check, a webhook, a metric and Swagger', async () => {
      const accepted = await app.call('POST', '/jobs', { ...owner, body: { beginning: 'Tom' } });
      expect(accepted.status).toBe(202);
      await waitFor(
        async () => (await app.call('GET', `/jobs/${accepted.body.id}`, owner)).body.status === 'succeeded',
      );
      expect((await app.call('GET', '/ready')).body).toMatchObject({ disk: { status: 'up' } });
      expect(await sentWebhook(app, '/hooks', { type: 'user.created', data: { name: 'Lily' } })).toMatchObject({
        status: 201,
        body: { result: { welcomed: { name: 'Lily' } } },
      });
      const forged = await app.call('POST', '/hooks', {
        body: { type: 'user.created' },
        headers: { 'webhook-id': 'x' },
      });
      expect(forged.status).toBe(401);
      expect((await app.call('GET', '/metrics', owner)).text).toMatch(/^own_stories_total [1-9]/m);
      expect(Object.keys((await app.call('GET', '/docs-json')).body.paths)).toContain('/stories');
    });
  });
});

/** Sends a message as Standard Webhooks signs it. */
function sentWebhook(receiver: ExampleProcess, path: string, message: { type: string; data: unknown }) {
  const [id, at] = [`msg_${message.type}`, new Date()];
  const body = JSON.stringify({ ...message, timestamp: at.toISOString() });
  return receiver.call('POST', path, {
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign(id, at, body),
    },
  });
}
