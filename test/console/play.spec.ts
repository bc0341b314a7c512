import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Hello, LiveRequest } from '../../apps/console/src/live/live-events.ts';
import { chanceText } from '../../apps/console/src/answer/token.ts';
import { readEvents, startServer, STORYTELLER, type TestServer, waitFor } from '../support/server.ts';
import { isSkipped, TestBrowser } from './support/browser.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';

const SENTENCES = STORYTELLER.replace(/storyteller$/, 'sentences');

describe.skipIf(isSkipped)('on a server with the well-known token', () => {
  let server: TestServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({
        env: { TRUTHGPT_API_TOKEN: 'changeme' },
        yaml: `models: [{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }, { name: sentences, path: ${SENTENCES}, task: embed }]`,
      }),
      TestBrowser.start(),
    ]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.close()]));
  afterEach(async () => expect(await browser.closePages()).toEqual([]));

  const authorization = 'Bearer changeme';
  const answerText = (page: Page) => page.locator('.answer-text .text').last();
  const isDone = (page: Page) => page.locator('.turn-done').last().waitFor();

  /** The first event of a new stream; `undefined` while the key has two streams. */
  async function hello(): Promise<Hello | undefined> {
    const response = await fetch(`${server.url}/v1/live`, { headers: { authorization } });
    for await (const { data } of readEvents(response)) return data as unknown as Hello;
    return undefined;
  }

  /** The server's record of the answer that was sent last. */
  async function lastRecord(page: Page): Promise<LiveRequest> {
    const link = page.locator('.facts a').last();
    const id = decodeURIComponent((await link.getAttribute('href'))!.split('/').at(-1)!);
    let record: LiveRequest | undefined;
    await waitFor(async () => (record = (await hello())?.requests.find((request) => request.id === id)) !== undefined);
    return record!;
  }

  async function set(page: Page, values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await page.getByLabel(name, { exact: true }).fill(value);
  }

  it('answers the first message without a key being typed, and shows where the time went', async () => {
    const page = await browser.open(`${server.url}/`);
    expect(page.url()).toBe(`${server.url}/console/`);
    await page.getByRole('button', { name: 'Tell me a story about a fox.' }).click();
    await isDone(page);
    expect((await answerText(page).textContent())!.length).toBeGreaterThan(20);
    expect(await page.locator('[role=status]').textContent()).toMatch(
      /^Answer complete, \d+ tokens?, \d+\.\d seconds$/,
    );

    const record = await lastRecord(page);
    await page.locator('.facts a').last().click();
    const rows = page.locator('.phases tbody tr');
    await rows.first().waitFor();
    const parts = await rows.evaluateAll((all) => all.map((row) => Number(row.getAttribute('data-ms'))));
    expect(Math.abs(parts.reduce((a, b) => a + b, 0) - record.end!.ms)).toBeLessThanOrEqual(2);
    expect(await page.locator('.bar').getAttribute('aria-label')).toContain(`${record.generated} tokens`);
    expect(await page.title()).toContain('request');
  });

  it('gives the same text for the same seed, also to the shown curl', async () => {
    const page = await browser.open(`${server.url}/console/`);
    await set(page, { seed: '7', max_tokens: '24', temperature: '1' });
    const texts: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      await page.getByRole('textbox', { name: 'Message', exact: true }).fill('A story.');
      const code = await page.locator('pre.code').textContent();
      await page.keyboard.press('Enter');
      await isDone(page);
      texts.push((await answerText(page).textContent())!);
      if (i === 0) texts.push(await answerOfCurl(code!));
      await page.getByRole('button', { name: 'New chat' }).click();
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
  });

  async function answerOfCurl(code: string): Promise<string> {
    const { stdout } = await promisify(execFile)('sh', ['-c', code], { env: { ...process.env, KEY: 'changeme' } });
    const { choices } = JSON.parse(stdout) as { choices: { message: { content: string } }[] };
    return choices[0].message.content;
  }

  it('shows the chances that the API gives, token by token with the arrows, beside the text', async () => {
    const page = await browser.open(`${server.url}/console/`);
    await set(page, { seed: '3', max_tokens: '12' });
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Hello!');
    const sent = page.waitForRequest(/chat\/completions/);
    await page.keyboard.press('Enter');
    const body = (await sent).postDataJSON() as object;
    await isDone(page);
    const { choices } = (await (
      await server.post(
        '/v1/chat/completions',
        { ...body, stream: false, stream_options: undefined },
        { headers: { authorization } },
      )
    ).json()) as {
      choices: {
        logprobs: { content: { token: string; logprob: number; top_logprobs: { token: string; logprob: number }[] }[] };
      }[];
    };
    const tokens = choices[0].logprobs.content;
    await answerText(page).focus();
    for (const [i, { top_logprobs: top }] of tokens.entries()) {
      await page.keyboard.press('ArrowRight');
      await page.getByText(`Token ${i + 1} of ${tokens.length}`).waitFor();
      const shown = await page.locator('.chances .number').allTextContents();
      const expected = top.map(({ logprob }) => chanceText(Math.exp(logprob)));
      expect(shown.slice(0, 5)).toEqual(expected);
    }
    await page.keyboard.press('Home');
    await page.getByText(`Token 1 of ${tokens.length}`).waitFor();
    const [text, panel] = await Promise.all([
      answerText(page).boundingBox(),
      page.locator('.token-panel').boundingBox(),
    ]);
    expect(panel!.x).toBeGreaterThanOrEqual(text!.x + text!.width);
    const doubtful = tokens.filter(({ logprob, token }) => Math.exp(logprob) < 0.5 && token.trim() !== '');
    expect(await answerText(page).locator('.doubt').count()).toBe(doubtful.length);
  });

  it('stops, and the server ends the request', async () => {
    const page = await browser.open(`${server.url}/console/`);
    await set(page, { max_tokens: '900' });
    await page.getByText('JSON schema').click();
    // An answer that does not end by itself.
    await page.getByLabel('JSON schema').fill('{"type":"string","minLength":3000}');
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('A long story.');
    await page.keyboard.press('Enter');
    await page.locator('.turn-streaming').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.turn-stopped').waitFor();
    expect((await lastRecord(page)).end).toMatchObject({ status: 499, reason: 'left' });
    await page.locator('.bar .cap-left').waitFor();
  });

  it('follows a schema, and continues a text', async () => {
    const page = await browser.open(`${server.url}/console/`);
    await page.getByText('JSON schema').click();
    await page.getByRole('button', { name: 'Take the example' }).click();
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('An animal.');
    await page.keyboard.press('Enter');
    await isDone(page);
    expect(JSON.parse((await answerText(page).textContent())!)).toEqual({
      animal: expect.stringMatching(/^(fox|owl|mouse)$/) as string,
      is_brave: expect.any(Boolean) as boolean,
    });

    await page.getByRole('radio', { name: 'completion' }).check({ force: true });
    await set(page, { max_tokens: '8' });
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('Once upon a');
    const sent = page.waitForRequest(/v1\/completions/);
    await page.keyboard.press('Enter');
    expect((await sent).postDataJSON()).toMatchObject({ prompt: 'Once upon a', max_tokens: 8, logprobs: 5 });
    await page.locator('.turn-done').nth(1).waitFor();
    expect(await page.locator('.speaker').allTextContents()).toEqual(['You', 'storyteller', 'Prompt', 'storyteller']);
  });

  it('works below a prefix of a proxy', async () => {
    const proxy = await startPrefixProxy(server.url, '/a/b');
    const page = await browser.open(`${proxy.url}/`);
    expect(page.url()).toBe(`${proxy.url}/console/`);
    await page.getByText('2 of 2 models can answer').waitFor();
    await page.getByRole('button', { name: 'Who are you?' }).click();
    await isDone(page);
    expect(await page.locator('pre.code').textContent()).toContain(`curl ${proxy.url}/v1/chat/completions`);
    await page.close();
    proxy.close();
  });

  it('compares texts by the vectors that the API makes', async () => {
    const page = await browser.open(`${server.url}/console/#/embed`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.locator('.grid td[data-cosine]').nth(35).waitFor();
    const shown = await page
      .locator('.grid td[data-cosine]')
      .evaluateAll((all) => all.map((cell) => Number(cell.getAttribute('data-cosine'))));
    const input = (await page.getByLabel(/^Texts/).inputValue()).split('\n');
    const response = await server.post('/v1/embeddings', { model: 'sentences', input }, { headers: { authorization } });
    const vectors = ((await response.json()) as { data: { embedding: number[] }[] }).data.map(
      ({ embedding }) => embedding,
    );
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const expected = vectors.flatMap((a) => vectors.map((b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))));
    expect(Math.max(...shown.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-4);

    await page.getByRole('button', { name: '4 Rain falls today.' }).click();
    const rows = await page.locator('.grid tbody th').allTextContents();
    expect(rows[0]).toBe('4 Rain falls today.');
    expect(rows[1]).toBe('5 It is raining now.');
  });

  it('unloads a model and loads it again', async () => {
    const page = await browser.open(`${server.url}/console/#/models`);
    const row = page.locator('[data-model=sentences]');
    await row.getByRole('button', { name: 'Unload' }).click();
    await row.getByText('unloaded').waitFor();
    await row.getByRole('button', { name: 'Load', exact: true }).click();
    await row.getByText('ready').waitFor();
    await row.getByRole('button', { name: 'Unload' }).waitFor();
  });

  it('lists jobs, and what became of them', async () => {
    const accepted = await server.post('/v1/jobs', { prompt: 'Once upon a time' }, { headers: { authorization } });
    expect(accepted.status).toBe(202);
    const page = await browser.open(`${server.url}/console/#/jobs`);
    await page.getByText('succeeded', { exact: true }).nth(1).waitFor();
    await page.locator('table a').click();
    await page.getByText('last attempt').waitFor();
    expect(await page.locator('.facts-list').textContent()).toContain('storyteller');
  });

  it('has the figures of the metrics', async () => {
    const page = await browser.open(`${server.url}/console/#/live`);
    const figure = page.locator('.figure-value').first();
    await figure.getByText(/\d (ms|s)$/).waitFor();
    const [, value, unit] = /^([\d.]+) (ms|s)$/.exec((await figure.textContent())!)!;
    const shown = Number(value) * (unit === 's' ? 1 : 0.001);
    const [from, to] = medianOf(
      await (await fetch(`${server.url}/metrics`)).text(),
      'gen_ai_server_time_to_first_token_seconds',
    );
    // The page's own buckets are a few percent wide.
    expect(shown).toBeGreaterThan(from * 0.9);
    expect(shown).toBeLessThan(to * 1.1);
    expect(await page.locator('.lanes tbody tr').count()).toBeGreaterThan(0);
  });
});

/** The bucket of a histogram's median. */
function medianOf(metrics: string, name: string): [number, number] {
  const buckets = [...metrics.matchAll(new RegExp(`^${name}_bucket\\{(.*)\\} (\\d+)$`, 'gm'))]
    .filter(([, labels]) => labels.includes('model="storyteller"'))
    .map(([, labels, count]) => ({
      le: Number(/le="([^"]+)"/.exec(labels)![1].replace('+Inf', 'Infinity')),
      count: Number(count),
    }));
  const i = buckets.findIndex(({ count }) => count >= buckets.at(-1)!.count / 2);
  return [buckets[i - 1]?.le ?? 0, buckets[i].le];
}
