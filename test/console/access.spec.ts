import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isSkipped, type PageOptions, TestBrowser } from './support/browser.ts';
import { aHello, aModel, aModelTick, aTick } from './support/live-data.ts';
import { allKinds } from './support/requests.ts';
import { ScriptedServer } from './support/scripted-server.ts';
import { waitFor } from '../support/server.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const EVENTS = [
  { choices: [{ delta: { content: 'Once upon a time' }, logprobs: null, finish_reason: null }] },
  {
    choices: [
      {
        delta: { content: ' a fox' },
        logprobs: {
          content: [
            { token: ' a', bytes: [32, 97], logprob: -0.1, top_logprobs: [{ token: ' a', logprob: -0.1 }] },
            {
              token: ' fox',
              bytes: [32, 102, 111, 120],
              logprob: -2.5,
              top_logprobs: [
                { token: ' girl', logprob: -1 },
                { token: ' fox', logprob: -2.5 },
              ],
            },
          ],
        },
        finish_reason: 'stop',
      },
    ],
  },
];

describe.skipIf(isSkipped)('everybody can use the page', () => {
  let browser: TestBrowser;
  let server: ScriptedServer;
  const kinds = allKinds();
  const VIEWS = ['play', 'live', 'models', 'requests', `requests/${kinds.error.id}`, 'jobs', 'embed'];

  beforeAll(async () => {
    const models = [
      aModel(),
      aModel({ id: 'sentences', task: 'embed' }),
      aModel({
        id: 'broken',
        status: 'failed',
        error: { code: 'model_unavailable', message: 'config.json is damaged.', retry_at: null },
      }),
    ];
    [browser, server] = await Promise.all([
      TestBrowser.start(),
      ScriptedServer.start({ hello: aHello({ models, requests: Object.values(kinds) }) }),
    ]);
    const job = {
      id: 'job_5f0c1a2e4b6d8f',
      status: 'failed',
      created_at: '2026-11-24T18:00:00.000Z',
      expires_at: '2026-11-25T18:00:00.000Z',
      priority: 'normal',
      attempts: 3,
      error: { code: 'engine_error', message: 'The engine failed.' },
    };
    server.handlers['GET /v1/jobs'] = (_, reply) => reply.send({ data: [job], next_cursor: null });
    server.handlers['POST /v1/embeddings'] = (request) => ({
      data: [
        {
          embedding: Array.from((request.body as { input: string }).input.slice(0, 8)).map(
            (letter) => letter.charCodeAt(0) - 90,
          ),
        },
      ],
    });
    server.handlers['POST /v1/chat/completions'] = (_, reply) =>
      reply
        .type('text/event-stream')
        .send([...EVENTS.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'].join(''));
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));
  afterEach(async () => expect(await browser.closePages()).toEqual([]));

  const draft = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

  /** Fills what a view shows only after something was done. */
  async function fill(page: Page, view: string): Promise<void> {
    if (view === 'play') {
      await page.getByRole('button', { name: 'Who are you?' }).click();
      await page.locator('.turn-done').waitFor();
      await page.locator('.answer-text .text').press('End');
      await page.getByText('Token 2 of 2').waitFor();
    }
    if (view !== 'embed') return;
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.locator('.grid td[data-cosine]').nth(35).waitFor();
  }

  const isWider = (page: Page) =>
    page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  it.each<[string, PageOptions]>([
    ['wide and dark', { size: 'wide', theme: 'dark' }],
    ['wide and light', { size: 'wide', theme: 'light' }],
    ['narrow and dark', { size: 'narrow', theme: 'dark' }],
    ['narrow and light', { size: 'narrow', theme: 'light' }],
  ])('%s: axe finds nothing serious in any view, and nothing is cut off', { timeout: 60_000 }, async (_, options) => {
    const page = await browser.open(`${server.page}#/play`, options);
    await page.getByText('models can answer').first().waitFor({ state: 'attached' });
    server.emit('tick', aTick({ storyteller: aModelTick() }));
    await page.evaluate(axe);
    const found: unknown[] = [];
    for (const view of VIEWS) {
      await page.evaluate(`location.hash = '#/${view}'`);
      await page.locator('#view h1').waitFor({ state: 'attached' });
      await fill(page, view);
      expect([view, await isWider(page)]).toEqual([view, false]);
      found.push(...(await violations(page, view)));
    }
    expect(found).toEqual([]);
  });

  async function violations(page: Page, view: string): Promise<string[]> {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const results = await page.evaluate<
      { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
    >(`axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => violations)`);
    return results
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(({ id, nodes }) => `${view}: ${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
  }

  it('the key card, too', async () => {
    const other = await ScriptedServer.start({ wellKnownKey: null });
    const page = await browser.open(other.page, { size: 'narrow' });
    await page.getByLabel('API key').waitFor();
    await page.evaluate(axe);
    expect(await violations(page, 'key')).toEqual([]);
    await page.close();
    await other.stop();
  });

  it('with the keyboard alone', async () => {
    const page = await browser.open(`${server.page}#/play`);
    await draft(page).waitFor();
    // A view takes the focus after it is there.
    const focused = (text: string): Promise<void> =>
      waitFor(async () =>
        (await page.evaluate<string>('document.activeElement.textContent || document.activeElement.id')).includes(text),
      );
    await focused('draft');
    await page.keyboard.type('Who?');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('Me.');
    expect(await draft(page).inputValue()).toBe('Who?\nMe.');
    await page.keyboard.press('Enter');
    await page.locator('.turn-done').waitFor();

    await page.keyboard.press('Shift+Tab');
    await focused('Once upon a time');
    await page.keyboard.press('ArrowRight');
    await page.getByText('Token 1 of 2').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Choose one in an answer').waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.locator('.lanes').waitFor();
    await focused('Live');
    await page.locator('.lanes tbody a').first().focus();
    await page.keyboard.press('ArrowDown');
    const outline = await page
      .locator('.lanes tbody tr')
      .nth(1)
      .evaluate((row) => row.ownerDocument.defaultView!.getComputedStyle(row).outlineWidth);
    expect(outline).toBe('2px');
    await page.keyboard.press('Enter');
    await page.locator('.phases').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('engine_error');
    await page.locator('table.data tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.locator('#view h1').focus();
    await page.keyboard.press('t');
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    expect(await page.evaluate('({ ...localStorage })')).toEqual({ 'frontier.theme': 'light' });
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.getByLabel('Single letters are keys').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('k');
    expect(await page.getByLabel('API key').count()).toBe(0);
    await page.getByRole('button', { name: 'Key: default' }).press('Enter');
    await page.getByLabel('API key').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    await page.locator('.skip-link').focus();
    await focused('Skip to the view');
    await page.keyboard.press('Enter');
    await focused('Requests');
  });

  it('at four times the size, and with less motion', async () => {
    const page = await browser.open(`${server.page}#/live`, { reducedMotion: true });
    // 1280 pixels at 400 %.
    await page.setViewportSize({ width: 320, height: 210 });
    await page.locator('.lanes tbody tr').first().waitFor();
    expect(await isWider(page)).toBe(false);
    const moves = await page.evaluate<number>(`new Promise((resolve) => {
      let moves = 0;
      new MutationObserver((all) => { moves += all.length }).observe(document.querySelector('.lane-bars > g'), { attributes: true, attributeFilter: ['style'] });
      setTimeout(() => resolve(moves), 1500);
    })`);
    expect(moves).toBe(0);
  });
});
