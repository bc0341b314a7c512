import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawHttp } from '../support/raw-http.ts';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const LIMIT = 65_536;
const BLOCK = 'x'.repeat(LIMIT);
const CHUNK = `${LIMIT.toString(16)}\r\n${BLOCK}\r\n`;

describe('a body over the limit', () => {
  let server: TestServer;
  let client: RawHttp;
  beforeAll(async () => {
    server = await startServer({ env: { BODY_LIMIT_BYTES: String(LIMIT) }, ready: false });
  });
  afterAll(() => server.close());

  const head = (framing: string, path = '/v1/infer'): string =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;
  const LIVEZ = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n';

  it.each([1, 7, 40])('of %i times the limit is 413 for the openai client, which does not try again', async (times) => {
    let tries = 0;
    const openai = new OpenAI({
      baseURL: `${server.url}/v1`,
      apiKey: TOKEN,
      fetch: (...args) => {
        tries++;
        return fetch(...args);
      },
    });
    const messages = [{ role: 'user' as const, content: BLOCK.repeat(times) }];
    const failure: unknown = await openai.chat.completions
      .create({ model: 'gpt-4o', messages })
      .catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(tries).toBe(1);
  });

  it('is 413 before all of it is sent, and leaves the connection usable: content-length', async () => {
    client = await RawHttp.connect(server.url);
    await client.write(head(`content-length: ${4 * LIMIT}`));
    expect(await client.response()).toMatchObject({ status: 413, body: expect.stringContaining('body_too_large') });
    for (let i = 0; i < 4; i++) await client.write(BLOCK);
    await client.write(LIVEZ);
    expect(await client.response()).toMatchObject({ status: 200 });
    client.close();
  });

  it('is 413 for a client that reads nothing until all is sent: content-length', async () => {
    client = await RawHttp.connect(server.url);
    await client.write(`${head(`content-length: ${7 * LIMIT}`)}${BLOCK.repeat(7)}`);
    expect(await client.response()).toMatchObject({ status: 413 });
    await client.write(LIVEZ);
    expect(await client.response()).toMatchObject({ status: 200 });
    client.close();
  });

  it('is 413 as soon as it is over, and leaves the connection usable: chunked', async () => {
    client = await RawHttp.connect(server.url);
    await client.write(`${head('transfer-encoding: chunked')}${CHUNK}${CHUNK}`);
    expect(await client.response()).toMatchObject({ status: 413, body: expect.stringContaining('body_too_large') });
    for (let i = 0; i < 3; i++) await client.write(CHUNK);
    await client.write(`0\r\n\r\n${LIVEZ}`);
    expect(await client.response()).toMatchObject({ status: 200 });
    client.close();
  });

  it.each([
    ['content-length', `content-length: ${1000 * LIMIT}`, BLOCK],
    ['chunked', 'transfer-encoding: chunked', CHUNK],
  ])('is read on to 8 times the limit only: %s', async (_, framing, block) => {
    client = await RawHttp.connect(server.url);
    await client.write(head(framing));
    let sent = 0;
    for (; sent < 1000 && !client.isClosed; sent++) await client.write(block);
    await client.closed();
    expect(client.received).toMatch(/^HTTP\/1\.1 413 /);
    // The rest was in the buffers of both sides.
    expect(sent).toBeLessThan(1000);
  });

  it.each([
    ['an unknown type', 'content-type: text/plain\r\n', '/v1/chat/completions', 415],
    ['no route', '', '/nothing', 404],
  ])('that is refused for another reason is discarded within the same bound: %s', async (_, type, path, status) => {
    client = await RawHttp.connect(server.url);
    const framing = `${type}content-length: ${1000 * LIMIT}`;
    await client.write(head(framing, path).replace(/content-type: application\/json\r\n/, type === '' ? '$&' : ''));
    let sent = 0;
    for (; sent < 1000 && !client.isClosed; sent++) await client.write(BLOCK);
    await client.closed();
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 (${status}|413) `));
    expect(sent).toBeLessThan(1000);
  });
});
