/** Takes the pictures of docs/console.md: `node test/console/pictures.ts [view ...]`. By hand, after the page changed. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { ServerProcess } from '../support/server-process.ts';
import { type PageOptions, TestBrowser } from './support/browser.ts';
import { aHello, aModel, aModelTick, aTick } from './support/live-data.ts';
import { allKinds } from './support/requests.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/pictures');
const LOOKS: [string, PageOptions][] = [
  ['dark', { size: 'wide', theme: 'dark' }],
  ['light', { size: 'wide', theme: 'light' }],
  ['360-dark', { size: 'narrow', theme: 'dark' }],
  ['360-light', { size: 'narrow', theme: 'light' }],
];

interface View {
  name: string;
  url: () => string;
  prepare: (page: Page) => Promise<void>;
}

const real = new ServerProcess({ PORT: '8080' }, [], { hasDefaultModels: true });
const [browser, scripted, realUrl] = await Promise.all([
  TestBrowser.start(),
  ScriptedServer.start({
    hello: aHello({
      models: [
        aModel(),
        aModel({ id: 'smollm2', aliases: [], precision: 'int4', context: 8192, memory: 310_000_000 }),
        aModel({ id: 'sentences', aliases: [], task: 'embed', context: 256, memory: 96_000_000 }),
      ],
    }),
  }),
  real.ready(),
]);

const UNFINISHED = [
  aModel({
    id: 'qwen3',
    aliases: [],
    status: 'loading',
    memory: null,
    estimate: 620_000_000,
    progress: { phase: 'downloading', done: 379e6, total: 620e6, unit: 'bytes', per_s: 18.4e6 },
  }),
  aModel({
    id: 'old-bert',
    aliases: [],
    task: null,
    status: 'failed',
    precision: null,
    provider: null,
    context: null,
    memory: null,
    error: {
      code: 'model_unavailable',
      message: 'config.json: BertForMaskedLM fills gaps, which no route serves.',
      retry_at: Date.now() + 28_000,
    },
  }),
];

/** Everything that lanes can show, as of now. */
function playRequests(): void {
  scripted.emit('life', { up: Object.values(allKinds()), more: { waiting: 2, running: 2 } });
  scripted.emit(
    'tick',
    aTick({
      storyteller: aModelTick(),
      smollm2: aModelTick({
        running: 0,
        waiting: 0,
        max_batch: 0,
        ttft_ms: null,
        itl_ms: null,
        out_tps: null,
        in_tps: null,
      }),
    }),
  );
}

const jobs = [
  { status: 'running', attempts: 1, model: 'storyteller' },
  { status: 'queued', attempts: 0 },
  { status: 'succeeded', attempts: 1, model: 'storyteller', finished: 1_300 },
  {
    status: 'failed',
    attempts: 8,
    model: 'smollm2',
    finished: 64_000,
    error: { code: 'engine_error', message: 'The engine failed.' },
  },
].map(({ finished, ...job }, i) => {
  const created = Date.now() - 90_000 - i * 40_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    id: `job_${'8c3e'[i]}f0c1a2e4b6d8f0`,
    priority: 'normal',
    created_at: iso(created),
    expires_at: iso(created + 86_400_000),
    ...(job.attempts > 0 && { started_at: iso(created + 400) }),
    ...(finished !== undefined && { finished_at: iso(created + finished) }),
    callback_url: 'https://example.com/hooks/jobs',
    ...job,
  };
});
scripted.handlers['GET /v1/jobs'] = (_, reply) => reply.send({ data: jobs, next_cursor: null });
scripted.handlers[`GET /v1/jobs/${jobs[3].id}`] = (_, reply) => reply.send(jobs[3]);
scripted.handlers[`GET /v1/jobs/${jobs[3].id}/deliveries`] = (_, reply) =>
  reply.send({
    data: [
      {
        number: 1,
        status: 'pending',
        attempts: [{ at: jobs[3].created_at, duration_ms: 41, status_code: 503 }],
        next_at: new Date(Date.now() + 60_000).toISOString(),
      },
    ],
  });

const onScripted = (name: string, route: string, selector: string): View => ({
  name,
  url: () => `${scripted.page}#/${route}`,
  prepare: async (page) => {
    await page.locator('.status-line[data-status=Ready]').waitFor();
    playRequests();
    if (name === 'models') for (const model of UNFINISHED) scripted.emit('model', model);
    await page.locator(selector).first().waitFor();
    await page.waitForTimeout(400);
  },
});

const VIEWS: View[] = [
  {
    name: 'play',
    url: () => `${realUrl}/console/`,
    prepare: async (page) => {
      if (await page.locator('.play-side').isVisible()) await page.getByLabel('seed').fill('11');
      await page.getByRole('button', { name: 'Tell me a story about a fox.' }).click();
      await page.locator('.turn-done').waitFor();
      await page.locator('.facts[data-source=server]').waitFor();
      await page.locator('.answer-text .text').press('Home');
      for (let i = 0; i < 9; i += 1) await page.keyboard.press('ArrowRight');
      await page.getByText('Token 10 of').waitFor();
    },
  },
  onScripted('live', 'live', '.lanes tbody tr'),
  onScripted('models', 'models', '.models tbody tr'),
  onScripted('requests', 'requests', 'table a'),
  onScripted('request', `requests/${allKinds().preempted.id}`, '.phases'),
  onScripted('jobs', 'jobs', 'table a'),
  onScripted('job', `jobs/${jobs[3].id}`, '.facts-list'),
  {
    name: 'embed',
    url: () => `${realUrl}/console/#/embed`,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.locator('.grid td[data-cosine]').nth(35).waitFor();
      await page.locator('.grid td[data-cosine]').nth(22).focus();
    },
  },
];

mkdirSync(FOLDER, { recursive: true });
const wanted = process.argv.slice(2);
for (const { name, url, prepare } of VIEWS.filter((view) => wanted.length === 0 || wanted.includes(view.name))) {
  for (const [look, options] of LOOKS) {
    const page = await browser.open(url(), options);
    await prepare(page);
    await page.screenshot({ path: join(FOLDER, `console-${name}-${look}.png`) });
    const problems = await browser.closePages();
    if (problems.length > 0) process.stderr.write(`${name} ${look}: ${problems.join('\n')}\n`);
  }
}
await Promise.all([browser.close(), scripted.stop()]);
real.child.kill('SIGTERM');
await real.exit();
