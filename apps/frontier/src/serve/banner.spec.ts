import { readServerConfig } from '@frontier/server/config';
import { describe, expect, it } from 'vitest';
import { Terminal } from '../terminal/terminal.js';
import { accessLine } from './access-line.js';
import { bannerLines } from './banner.js';
import type { ModelStateLine } from './model-states.js';
import { bundledModel } from './model-argument.js';

const MODEL: ModelStateLine = {
  name: 'storyteller',
  status: 'ready',
  precision: 'int8',
  memory: 38e6,
  progress: undefined,
  reason: undefined,
};

function lines(models: ModelStateLine[], columns = 120, env: Record<string, string> = {}): string[] {
  const { name, path } = bundledModel();
  const file = { defaultModel: name, models: [{ name, path, aliases: [], residency: { policy: 'keep' } }] };
  const config = readServerConfig(env, undefined, file as unknown as Parameters<typeof readServerConfig>[2]);
  const stdout = { write: () => true, isTTY: false, columns };
  const terminal = new Terminal({}, { stdout, stderr: stdout, stdin: {}, env: { LANG: 'C.UTF-8' } });
  return bannerLines({ config, url: 'http://127.0.0.1:8080', isDemonstration: true, readyMs: 1400 }, models, terminal);
}

describe(bannerLines, () => {
  it('has what a newcomer needs, in nine lines at most', () => {
    const shown = lines([MODEL]);
    expect(shown.map((line) => line.replace(/Machine.*/, 'Machine'))).toEqual([
      expect.stringMatching(/^ {2}Frontier \d+\.\d+\.\d+ · ready in 1\.40 s$/),
      '  Console   http://127.0.0.1:8080                  API       http://127.0.0.1:8080/v1',
      '  Key       changeme  (this machine only)          Docs      http://127.0.0.1:8080/docs',
      '  Models    storyteller · ready · int8 · 38 MB     the bundled demonstration; add one: frontier pull hf:org/name',
      '  Machine',
      '  Ctrl-C stops after running answers have ended.',
    ]);
    expect(shown.at(-2)).toMatch(/^ {2}Machine {3}\d+ threads · [\d.]+ of [\d.]+ GiB$/);
    expect(lines([MODEL, { ...MODEL, memory: 2 ** 30 }]).at(-2)).toMatch(/ threads · 1 of /);
    expect(lines([MODEL], 120, { ENABLE_CONSOLE: 'false' }).join('\n')).not.toContain('Console');
    const many = lines(Array.from({ length: 9 }, (_, i) => ({ ...MODEL, name: `model-${i}` })));
    expect(many.length).toBeLessThanOrEqual(9);
    expect(many.join('\n')).toContain('and 7 more: frontier list');
  });

  it('has one column in a narrow terminal', () => {
    const shown = lines([MODEL], 60);
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(60);
    expect(shown.length).toBeLessThanOrEqual(9);
  });

  it('shows a token that was made for this run, and never one that was set', () => {
    expect(lines([MODEL], 120, { HOST: '0.0.0.0' }).join('\n')).toMatch(
      /Key {7}[\w-]{32} {2}\(made for this run; set TRUTHGPT_API_TOKEN\)/,
    );
    expect(lines([MODEL], 120, { TRUTHGPT_API_TOKEN: 'a-secret' }).join('\n')).not.toContain('a-secret');
  });

  it('has a bar for a model on its way, and the reason of one that failed', () => {
    const progress = { phase: 'loading', share: 0.61, secondsLeft: 6 };
    expect(lines([{ ...MODEL, status: 'loading', progress }])[3]).toContain(
      'storyteller · loading int8 ━━━━━━──── 61 % · 6 s left',
    );
    expect(lines([{ ...MODEL, status: 'failed', memory: undefined, reason: 'No room.\u001b[2J' }])[3]).toContain(
      'storyteller · failed · int8 · No room.',
    );
  });
});

describe(accessLine, () => {
  const at = new Date(2026, 0, 1, 14, 2, 11);
  const line = {
    level: 'info',
    msg: 'request',
    method: 'POST',
    endpoint: '/v1/chat/completions',
    status: 200,
    latency_ms: 1320,
  };

  it.each([
    [
      { model: 'storyteller', prompt_tokens: 84, completion_tokens: 128, ttft_ms: 46 },
      '14:02:11 POST /v1/chat/completions 200 1.32 s storyteller 84+128 tok, first 46 ms, 100/s',
    ],
    [
      { model: 's', prompt_tokens: 1, completion_tokens: 2, cached: true },
      '14:02:11 POST /v1/chat/completions 200 1.32 s s 1+2 tok, from cache',
    ],
    [
      { status: 401, latency_ms: 2.4, error: 'unauthorized' },
      '14:02:11 POST /v1/chat/completions 401 2 ms unauthorized',
    ],
    [{ model: 'a\u001b[2Jb' }, '14:02:11 POST /v1/chat/completions 200 1.32 s ab'],
  ])('of %j is one line', (fields, text) => {
    expect(accessLine({ ...line, ...fields }, at)).toBe(text);
  });
});
