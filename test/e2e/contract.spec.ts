import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { VARIABLES } from '@frontier/server/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractLines, metricLines } from '../support/contract-lines.ts';
import { startServer, type TestServer } from '../support/server.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The routes, schemas, metrics, error codes and variables that clients and operators have known since version 0.1.0. */
const KNOWN = readFileSync(resolve(ROOT, 'test/goldens/contract-0.1.0.txt'), 'utf8').trim().split('\n');

/** Lines that were taken back on purpose. New lines need no entry: they break no client. */
const TAKEN_BACK: [reason: string, lines: RegExp][] = [
  [
    'a forbidden model is the same 404 as an unknown one (decision 29)',
    /^openapi \/paths\/\S+\/responses\/403\/content/,
  ],
  ['seeds have 64 bits', /^openapi \/components\/schemas\/\w+\/properties\/seed\/(minimum|maximum) = /],
  [
    'a schema may come with response_format json_object, too',
    /^openapi \/components\/schemas\/\w+\/properties\/response_format\/oneOf/,
  ],
  [
    'max_tokens may be 0 where a completion echoes its prompt',
    /^openapi \/components\/schemas\/\w+\/properties\/max_tokens\/minimum = /,
  ],
  [
    'the first token of a prompt that is echoed has no log probability',
    /^openapi \/components\/schemas\/CompletionLogprobs\/properties\/(token|top)_logprobs\/items/,
  ],
  [
    'the content of a message is null where tools are called, which a caller asks for',
    /^openapi \/components\/schemas\/ChatAnswerMessage\/properties\/content\/type = /,
  ],
];

describe('the contract of version 0.1.0', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('holds: nothing is gone or changed that is not listed', async () => {
    const document = (await (await fetch(`${server.url}/docs/json`)).json()) as Record<string, unknown>;
    const page = await (await fetch(`${server.url}/metrics`)).text();
    const { components, paths } = document;
    const now = new Set([
      ...contractLines({ components, paths }).map((line) => `openapi ${line}`),
      ...metricLines(page).map((line) => `metric ${line}`),
      ...errorCodes().map((code) => `code ${code}`),
      // Made of the words of the status.
      'code not_found',
      ...Object.keys(VARIABLES).map((name) => `variable ${name}`),
    ]);
    const gone = KNOWN.filter((line) => !now.has(line));
    expect(gone.filter((line) => !TAKEN_BACK.some(([, lines]) => lines.test(line)))).toEqual([]);
    // An entry that no line needs hides the next fault.
    for (const [reason, lines] of TAKEN_BACK)
      expect([reason, gone.some((line) => lines.test(line))]).toEqual([reason, true]);
  });
});

/** The codes that the sources name. */
function errorCodes(): string[] {
  const sources = globSync('libs/*/src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('.spec.ts'));
  const codes = sources.flatMap((file) =>
    [...readFileSync(resolve(ROOT, file), 'utf8').matchAll(/\bcode: '([a-z_]+)'/g)].map(([, code]) => code),
  );
  return [...new Set(codes)];
}
