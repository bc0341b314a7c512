import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/server.ts';
import { isSkipped, TestBrowser } from './support/browser.ts';
import { aHello, aModel, aModelTick, aNotice, anIdleTick, aTick } from './support/live-data.ts';
import { allKinds } from './support/requests.ts';
import { ScriptedServer } from './support/scripted-server.ts';

describe.skipIf(isSkipped)('what the server says is what the page shows', () => {
  let browser: TestBrowser;
  let server: ScriptedServer;
  beforeAll(async () => void (browser = await TestBrowser.start()));
  afterAll(() => browser?.close());
  afterEach(async () => {
    expect(await browser.closePages()).toEqual([]);
    await server.stop();
  });

  const status = (page: Page, text: string) => page.locator('.status-line').getByText(text).waitFor();
  const view = (name: string): string => `${server.page}#/${name}`;

  it('the status, in one word and one sentence', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await status(page, 'Ready');
    const says = (sentence: string) =>
      waitFor(async () => (await page.locator('.status-line p').textContent())?.trim() === sentence);
    const tick = (changes: Parameters<typeof aModelTick>[0]) =>
      server.emit('tick', aTick({ storyteller: aModelTick(changes) }));
    tick({});
    await says('Ready. 2 of 2 models can answer. 5 running, 3 waiting; a new request starts in about 0.4 s.');
    server.emit('tick', aTick({ storyteller: anIdleTick() }));
    await says('Ready. 2 of 2 models can answer. Nothing is running; a new request starts at once.');
    tick({ start_in_ms: 4000 });
    await says('Busy. 2 of 2 models can answer. 5 running, 3 waiting; a new request starts in about 4 s.');
    tick({ waiting: 512, start_in_ms: 41_000, refused: 37 });
    await says(
      'Full. New requests are refused: 512 of 512 wait, the next place is about 41 s away. 37 refused in the last minute. What to do',
    );
    tick({});
    server.emit('notice', aNotice({ code: 'redis_away', text: 'Redis is away.' }));
    await says('Degraded. Redis is away.');
    server.emit('notice', aNotice({ id: 'n2', code: 'draining', text: 'The server ends.' }));
    await says('Draining. The server ends.');
    server.emit('notice', aNotice({ until: Date.now() }));
    server.emit('notice', aNotice({ id: 'n2', code: 'draining', until: Date.now() }));
    await says('Ready. 2 of 2 models can answer. 5 running, 3 waiting; a new request starts in about 0.4 s.');
  });

  it('a model that loads, and a message that waits for it', async () => {
    server = await ScriptedServer.start({ hello: aHello({ models: [aModel({ status: 'loading' })] }) });
    let sent = 0;
    server.handlers['POST /v1/chat/completions'] = (__, reply) => {
      sent += 1;
      return reply
        .type('text/event-stream')
        .send('data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    };
    const page = await browser.open(view('play'));
    await status(page, 'storyteller: loading.');
    server.emit(
      'model',
      aModel({ status: 'loading', progress: { phase: 'loading', done: 61, total: 100, unit: 'bytes', per_s: 6.5 } }),
    );
    await status(page, 'storyteller: loading 61 %, about 6 s.');
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Hello?');
    await page.keyboard.press('Enter');
    await page.getByText('storyteller: loading 61 %, about 6 s; a message is sent when it is ready').waitFor();
    expect(sent).toBe(0);
    server.emit('model', aModel());
    await page.locator('.turn-done').waitFor();
    expect([sent, await page.locator('.answer-text .text').textContent()]).toEqual([1, 'Hello']);
  });

  it('a model that failed, with the reason of the server and another try', async () => {
    const failed = aModel({
      status: 'failed',
      memory: null,
      error: { code: 'model_unavailable', message: 'config.json is damaged.', retry_at: Date.now() + 60_000 },
    });
    server = await ScriptedServer.start({ hello: aHello({ models: [failed] }) });
    const asked: string[] = [];
    server.handlers['POST /admin/models/storyteller/load'] = (request, reply) => {
      asked.push(request.url);
      return reply
        .code(503)
        .type('application/problem+json')
        .send({ code: 'model_unavailable', detail: 'config.json is still damaged.' });
    };
    const page = await browser.open(view('models'));
    await status(page, 'storyteller: config.json is damaged.');
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByRole('alert').getByText('config.json is still damaged.').waitFor();
    expect(asked).toEqual(['/admin/models/storyteller/load?wait=false']);
    server.emit('model', aModel({ status: 'ready' }));
    server.handlers['POST /admin/models/storyteller/unload'] = (__, reply) => {
      server.emit('model', aModel({ status: 'unloaded', memory: null }));
      return reply.code(202).send({});
    };
    await page.getByRole('button', { name: 'Unload' }).click();
    await page.getByRole('button', { name: 'Load', exact: true }).waitFor();
    expect(await page.locator('[data-model=storyteller]').textContent()).toContain('~41 MB');
  });

  it('no model, no request, no job', async () => {
    server = await ScriptedServer.start({ hello: aHello({ models: [] }) });
    server.handlers['GET /v1/jobs'] = (__, reply) => reply.send({ data: [], next_cursor: null });
    const page = await browser.open(view('models'));
    await page.getByText('No model. Put a folder or .gguf into MODELS_DIR').waitFor();
    await page.goto(view('requests'));
    await page.getByText('No request yet.').waitFor();
    await page.goto(view('jobs'));
    await page.getByText('No jobs. POST /v1/jobs makes one.').waitFor();
    await page.goto(view('requests/gone'));
    await page.getByText('This request is no longer kept (200 are).').waitFor();
    await page.goto(view('live'));
    await page.getByText('Nothing in the last 30 s. Send something in Play.').waitFor();
  });

  it('a model that the server has no more, and one that came', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('models'));
    await page.locator('[data-model=smollm2]').waitFor();
    server.hello.models = [aModel(), aModel({ id: 'qwen3' })];
    server.emit('tick', aTick());
    server.emit('model', aModel({ id: 'qwen3' }));
    await page.locator('[data-model=qwen3]').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
  });

  it('an ordinary key: own requests, and nothing to load', async () => {
    server = await ScriptedServer.start({ hello: aHello({ scope: 'own' }) });
    const page = await browser.open(view('models'));
    await page.getByText('Loading and unloading need a key with the admin flag.').waitFor();
    expect(await page.getByRole('button', { name: /load/i }).count()).toBe(0);
  });

  it('every kind of life, each with its shape and sentence', async () => {
    const kinds = allKinds();
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await status(page, 'Ready');
    server.emit('life', { up: Object.values(kinds) });
    await page
      .locator('.lanes tbody tr')
      .nth(Object.keys(kinds).length - 1)
      .waitFor();
    // None of them leaves the window while it is looked at.
    await page.keyboard.press('Space');
    const shapes: Record<string, string[]> = {
      queue: ['part-queue'],
      prompt: ['part-queue', 'part-prompt'],
      cached: ['part-queue', 'part-prompt', 'part-cached', 'part-tokens', 'ticks'],
      preempted: ['part-queue', 'part-prompt', 'part-tokens', 'ticks', 'part-preempted', 'part-tokens', 'ticks'],
      good: ['part-prompt', 'part-tokens', 'ticks'],
      hit: ['diamond diamond-hit'],
      shared: ['diamond'],
      error: ['part-queue', 'part-prompt', 'part-tokens', 'ticks', 'cap cap-bad'],
      left: ['part-prompt', 'part-tokens', 'ticks', 'cap cap-left'],
      waitedInVain: ['part-queue', 'refused'],
      refused: ['refused'],
      encoder: ['part-queue', 'part-compute'],
    };
    const sentences: Record<string, RegExp> = {
      queue: /running for .*: queue/,
      cached: /64 prompt tokens from cache/,
      preempted: /tokens 3\.0, preempted 1\.6, tokens/,
      hit: /answered from the cache/,
      shared: /shared the answer of another request/,
      error: /failed with 500 engine_error after 2\.4 seconds/,
      left: /the caller left after 6\.5 seconds/,
      refused: /refused with 429 rate_limit_exceeded/,
    };
    for (const [kind, { id }] of Object.entries(kinds)) {
      const drawn = await page
        .locator(`.lane-bars [data-request="${id}"] > *`)
        .evaluateAll((all) => all.map((one) => one.getAttribute('class')!.replace(/^part /, '')));
      expect([kind, drawn]).toEqual([kind, shapes[kind]]);
      const label = await page.locator(`tr[data-request="${id}"] [role=img]`).getAttribute('aria-label');
      expect(label).toMatch(sentences[kind] ?? /^Request 9f3a1/);
    }
    await page.goto(view(`requests/${kinds.shared.id}`));
    await page.getByText('It shares the answer of request 9f3a17').waitFor();
    await page.getByRole('link', { name: 'request 9f3a17' }).click();
    await page.getByText('ended: stop').waitFor();
  });

  it('history in the first frame, gaps where there was no sample, and no figure without one', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await page.locator('.chart .line').first().waitFor();
    const line = (await page.locator('.chart').nth(1).locator('.line').getAttribute('d'))!;
    expect(line.match(/M/g)).toHaveLength(2);
    expect(await page.locator('.chart').nth(1).locator('[role=img]').getAttribute('aria-label')).toMatch(
      /^Prompt tokens from cache: share now \d+ %, at least \d+ %, at most \d+ %/,
    );
    server.emit('tick', aTick({ storyteller: anIdleTick() }));
    await page.getByText('0 of 512 wait').waitFor();
    expect(await page.locator('.figure-value b').allTextContents()).toEqual(['–', '–', '–', '0']);
  });

  it('a pause and a pointer keep lanes where they are', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await status(page, 'Ready');
    const { good, left, error } = allKinds();
    server.emit('life', { up: [left, error] });
    const names = () =>
      page
        .locator('.lanes tbody tr')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-request')!.slice(0, 6)));
    await page.locator('.lanes tbody tr').nth(1).waitFor();
    await page.locator('.lanes tbody tr').first().hover();
    server.emit('life', { up: [good] });
    await page.waitForTimeout(600);
    expect(await names()).toEqual(['9f3a14', '9f3a13']);
    await page.mouse.move(5, 5);
    await page.locator('.lanes tbody tr').nth(2).waitFor();
    expect(await names()).toEqual(['9f3a17', '9f3a14', '9f3a13']);
    await page.keyboard.press('Space');
    server.emit('life', { up: [allKinds().queue] });
    await page.waitForTimeout(600);
    expect(await names()).toHaveLength(3);
    await page.keyboard.press('Space');
    await page.locator('.lanes tbody tr').nth(3).waitFor();
  });

  it('a lost connection, and its return', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await status(page, 'Ready');
    await server.stop();
    await status(page, 'Last heard');
    expect(await page.locator('.status-line').getAttribute('data-status')).toBe('No connection');
    expect(await page.locator('main.stale').count()).toBe(1);
    await server.startAgain();
    await status(page, 'Ready');
    expect(await page.locator('main.stale').count()).toBe(0);
  });

  it('the end of a stream, by its reason, and the next one', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('live'));
    await status(page, 'Ready');
    server.emit('bye', { reason: 'lagging', retry_ms: 700 });
    await status(page, 'The live stream ended (lagging).');
    await status(page, 'Ready');
    expect(server.opened).toBe(2);
  });

  it('an overloaded server in Play: the time is counted down, and nothing is sent unless it is asked for', async () => {
    server = await ScriptedServer.start();
    let sent = 0;
    server.handlers['POST /v1/chat/completions'] = (__, reply) => {
      sent += 1;
      return reply
        .code(503)
        .header('retry-after', '1')
        .header('x-should-retry', 'true')
        .send({ error: { message: 'The server is overloaded.', code: 'overloaded' } });
    };
    const page = await browser.open(view('play'));
    await page.getByRole('button', { name: 'Who are you?' }).click();
    await page.getByText('The server is overloaded.').first().waitFor();
    await page.getByRole('button', { name: 'Retry, again in 1 s' }).waitFor();
    const retry = page.getByRole('button', { name: 'Retry', exact: true });
    await retry.waitFor();
    expect(sent).toBe(1);
    await retry.click();
    await page.getByRole('button', { name: /again in/ }).waitFor();
    expect(sent).toBe(2);
    expect(await page.locator('.turn').count()).toBe(2);
  });

  it('jobs: what is due, why not, and another try', async () => {
    server = await ScriptedServer.start();
    const job = {
      id: 'job_5f0c1a2e4b6d8f',
      status: 'failed',
      created_at: '2026-11-24T18:00:00.000Z',
      started_at: '2026-11-24T18:00:01.000Z',
      finished_at: '2026-11-24T18:00:02.000Z',
      expires_at: '2026-11-25T18:00:00.000Z',
      priority: 'normal',
      attempts: 3,
      error: { code: 'engine_error', message: 'The engine failed.' },
      callback_url: 'https://example.com/hook',
    };
    const deliveries = [
      {
        number: 1,
        status: 'failed',
        attempts: [{ at: '2026-11-24T18:00:02.000Z', duration_ms: 41, status_code: 500 }],
      },
    ];
    const asked: string[] = [];
    server.handlers['GET /v1/jobs'] = (__, reply) => reply.send({ data: [job], next_cursor: null });
    server.handlers[`GET /v1/jobs/${job.id}`] = (__, reply) => reply.send(job);
    server.handlers[`GET /v1/jobs/${job.id}/deliveries`] = (__, reply) => reply.send({ data: deliveries });
    for (const path of [`/v1/jobs/${job.id}/deliveries/1/replay`, `/admin/jobs/${job.id}/requeue`]) {
      server.handlers[`POST ${path}`] = (__, reply) => {
        asked.push(path);
        return reply.code(202).send({});
      };
    }
    const page = await browser.open(view('jobs'));
    await page.getByText('engine_error').waitFor();
    await page.locator('table a').click();
    await page.getByText('500', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('button', { name: 'Requeue' }).click();
    await waitFor(() => asked.length === 2);
    server.handlers['GET /v1/jobs'] = (__, reply) =>
      reply.code(503).send({ code: 'jobs_unavailable', detail: 'Jobs cannot be kept: /data/jobs.db is locked.' });
    await page.goto(view('jobs'));
    await page.getByRole('alert').getByText('/data/jobs.db is locked.').waitFor();
  });

  it('times that go on, on the clock of a server an hour ahead', async () => {
    const at = Date.now() + 3_600_000;
    const model = aModel({ idle_unload_at: at + 60_000 });
    server = await ScriptedServer.start({ hello: aHello({ models: [model] }) });
    server.clockAheadMs = 3_600_000;
    const started = new Date(at).toISOString();
    const job = {
      id: 'job_1',
      status: 'running',
      created_at: started,
      started_at: started,
      priority: 'normal',
      attempts: 1,
    };
    server.handlers['GET /v1/jobs'] = (__, reply) => reply.send({ data: [job], next_cursor: null });
    server.handlers['GET /v1/jobs/job_1'] = (__, reply) => reply.send(job);
    const page = await browser.open(view('models'));
    const changes = async (selector: string): Promise<void> => {
      const place = page.locator(selector);
      const before = (await place.textContent())!;
      // A minute at most: the hour between the clocks is not in it.
      expect(before).toMatch(/\d s$/);
      expect(before).not.toMatch(/ (min|h) /);
      await waitFor(async () => (await place.textContent()) !== before);
    };
    await changes('[data-label="Last use"] .block');
    await page.goto(view('jobs'));
    await page.locator('[data-label=Time]').getByText(/\d s$/).waitFor();
    await changes('[data-label=Time]');
    await page.locator('table a').click();
    await changes('.facts-list div:nth-child(2) dd');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  });

  it('a browser that lets the page copy nothing, as on plain HTTP off loopback', async () => {
    server = await ScriptedServer.start();
    const page = await browser.open(view('play'));
    await status(page, 'Ready');
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Not copied' }).waitFor();
    await page.getByRole('status').getByText('The browser does not let this page copy').waitFor();
  });
});

describe.skipIf(isSkipped)('a key', () => {
  let browser: TestBrowser;
  let server: ScriptedServer;
  beforeAll(async () => {
    browser = await TestBrowser.start();
    server = await ScriptedServer.start({ wellKnownKey: null });
    server.keys = ['secret-key'];
    server.handlers['POST /v1/chat/completions'] = (__, reply) =>
      reply
        .type('text/event-stream')
        .send('data: {"choices":[{"delta":{"content":"An answer"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));
  afterEach(async () => expect(await browser.closePages()).toEqual([]));

  it('is asked for, kept in memory alone, and gone after a reload', async () => {
    const page = await browser.open(`${server.page}#/live`);
    const field = page.getByLabel('API key');
    await field.waitFor();
    expect(await field.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The key was refused').waitFor();
    await field.fill('secret-key');
    await page.keyboard.press('Enter');
    await page.locator('.figures').waitFor();
    expect(page.url()).toBe(`${server.page}#/live`);
    const { cookies, origins } = await page.context().storageState({ indexedDB: true });
    expect([cookies, origins]).toEqual([[], []]);
    expect(
      await page.evaluate(
        'JSON.stringify([{...sessionStorage}, location.href, document.documentElement.outerHTML, typeof caches === "undefined" ? [] : 0])',
      ),
    ).not.toContain('secret-key');
    await page.reload();
    await field.waitFor();
  });

  it('that is refused in the middle of a chat leaves the thread and the draft', async () => {
    const page = await browser.open(`${server.page}#/play`);
    await page.getByLabel('API key').fill('secret-key');
    await page.keyboard.press('Enter');
    const draft = page.getByRole('textbox', { name: 'Message', exact: true });
    await draft.fill('First');
    await page.keyboard.press('Enter');
    await page.locator('.turn-done').waitFor();
    server.keys = ['another-key'];
    await draft.fill('Second');
    await page.keyboard.press('Enter');
    await page.getByText('The key was refused').waitFor();
    await page.getByLabel('API key').fill('another-key');
    await page.keyboard.press('Enter');
    await draft.waitFor();
    expect(await draft.inputValue()).toBe('Second');
    expect(await page.locator('.answer-text .text').allTextContents()).toEqual(['An answer']);
    // A thread with answers is asked about before it is lost.
    const asked = page.waitForEvent('dialog');
    const reloaded = page.reload().catch(() => {});
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
    await reloaded;
    server.keys = ['secret-key'];
  });
});
