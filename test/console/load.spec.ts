import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../support/server.ts';
import { isSkipped, TestBrowser } from './support/browser.ts';
import { aModelTick, aRequest, aTick } from './support/live-data.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const SECONDS = 2;
const TOKENS_PER_SECOND = 200;

/** Counts, in the page, the batches of changes below an element, until it is asked. */
const COUNT = `(selector) => {
  const found = { batches: 0, texts: [] };
  new MutationObserver(() => {
    found.batches += 1;
    found.texts.push(document.querySelector(selector).textContent);
  }).observe(document.querySelector(selector), { childList: true, characterData: true, subtree: true });
  return found;
}`;

describe.skipIf(isSkipped)('under load', () => {
  let browser: TestBrowser;
  let server: ScriptedServer;
  beforeAll(async () => void (browser = await TestBrowser.start()));
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await ScriptedServer.start();
    server.handlers['POST /v1/chat/completions'] = async (_, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < SECONDS * TOKENS_PER_SECOND; i += 10) {
        for (let j = i; j < i + 10; j += 1) reply.raw.write(`data: ${JSON.stringify({ choices: [token(j)] })}\n\n`);
        await sleep(10_000 / TOKENS_PER_SECOND);
      }
      reply.raw.end('data: [DONE]\n\n');
    };
  });
  afterEach(async () => {
    expect(await browser.closePages()).toEqual([]);
    await server.stop();
  });

  const token = (i: number) => {
    const text = i % 12 === 11 ? `\n${i}` : ` word${i}`;
    const content = [
      { token: text, bytes: [...new TextEncoder().encode(text)], logprob: i % 3 === 0 ? -1.2 : -0.1, top_logprobs: [] },
    ];
    return { delta: { content: text }, logprobs: { content }, finish_reason: null };
  };

  it('writes text thirty times a second at most, and says none of it aloud', async () => {
    const page = await browser.open(`${server.page}#/play`);
    await page.getByRole('button', { name: 'Who are you?' }).click();
    await page.locator('.turn-streaming').waitFor();
    await page.evaluate(
      `window.writes = (${COUNT})('.answer-text .text'); window.said = (${COUNT})('[role=status]'); window.from = performance.now()`,
    );
    await page.locator('.turn-done').waitFor();
    const { batches, seconds, said } = await page.evaluate<{ batches: number; seconds: number; said: string[] }>(
      `({ batches: writes.batches, said: said.texts, seconds: (performance.now() - from) / 1000 })`,
    );
    expect(batches).toBeLessThanOrEqual(30 * seconds + 1);
    expect(said.length).toBeLessThanOrEqual(1);
    expect(said.join()).toMatch(/^(Answer complete.*)?$/);
    const text = await page.locator('.answer-text .text').textContent();
    expect(text).toBe(Array.from({ length: SECONDS * TOKENS_PER_SECOND }, (_, i) => token(i).delta.content).join(''));
    // A third of the tokens is doubtful: those are elements, and nothing else is.
    expect(await page.locator('.answer-text .text *').count()).toBe(Math.ceil((SECONDS * TOKENS_PER_SECOND) / 3));
  });

  it('stays where it was scrolled to while an answer grows, until the end is asked for', async () => {
    const page = await browser.open(`${server.page}#/play`, { size: 'narrow' });
    await page.getByRole('button', { name: 'Who are you?' }).click();
    await page.locator('.turn-streaming').waitFor();
    await waitFor(() => page.evaluate<boolean>('document.documentElement.scrollHeight > innerHeight * 1.5'));
    const y = () => page.evaluate<number>('Math.round(scrollY)');
    expect(await y()).toBeGreaterThan(0);
    await page.mouse.move(100, 300);
    await waitFor(async () => {
      // The page may have moved on to a new line while the first turn of the wheel was under way.
      await page.mouse.wheel(0, -5000);
      return page.evaluate<boolean>('scrollY < 5');
    });
    await page.locator('.turn-done').waitFor();
    expect(await y()).toBeLessThan(5);
    await page.getByRole('button', { name: 'Latest' }).click();
    await waitFor(() => page.evaluate<boolean>('scrollY > 100'));
  });

  it('draws 24 lanes of 5,000 requests, four times a second at most, with as many elements at the end as before', async () => {
    const page = await browser.open(`${server.page}#/live`);
    await page.locator('.status-line').getByText('Ready').waitFor();
    let number = 0;
    const play = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i += 1) {
        const up = Array.from({ length: 64 }, () => {
          number += 1;
          const ends = number % 2 === 0 ? { end: { ms: 900, status: 200, reason: 'stop' } } : {};
          return aRequest({
            id: `r${number}`,
            ago: 900,
            seg: [
              ['checks', 0],
              ['queue', 2],
              ['prompt', 100],
              ['tokens', 300],
            ],
            generated: 100,
            samples: [
              [300, 1],
              [900, 100],
            ],
            ...ends,
          });
        });
        server.emit('life', {
          up,
          gone: up.filter(({ end }) => !end).map(({ id }) => id),
          more: { waiting: 4900, running: 36 },
        });
        if (i % 10 === 0) server.emit('tick', aTick({ storyteller: aModelTick({ waiting: 4900 }) }));
        await sleep(25);
      }
    };
    await play(10);
    await page.getByText('4,900 wait').first().waitFor();
    const elements = () => page.evaluate<number>('document.querySelectorAll("*").length');
    const before = await elements();
    await page.evaluate(`window.lanes = (${COUNT})('.lane-bars'); window.from = performance.now()`);
    await play(70);
    const { batches, seconds } = await page.evaluate<{ batches: number; seconds: number }>(
      '({ batches: lanes.batches, seconds: (performance.now() - from) / 1000 })',
    );
    expect(batches).toBeLessThanOrEqual(4 * seconds + 1);
    expect(await page.locator('.lanes tbody tr').count()).toBe(24);
    expect(number).toBeGreaterThan(5000);
    expect(await elements()).toBeLessThan(before * 1.1);
  });
});
