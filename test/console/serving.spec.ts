import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { scriptedModels } from '../support/encoder-server.ts';

const scripted = scriptedModels({ storyteller: { answers: () => ({ text: 'x' }) } });

/** A response with its body as it was sent: `fetch` would decode it. */
function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode!, headers: response.headers as Record<string, string>, body });
    })
      .on('error', reject)
      .end();
  });
}

describe('the console', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ ...scripted, env: { TRUTHGPT_API_TOKEN: 'changeme' } });
  });
  afterAll(() => server.close());

  const assets = async (): Promise<string[]> => {
    const { body } = await get(`${server.url}/console/`);
    return [...body.toString().matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path);
  };

  it('is where browsers are led to from /, and nobody else', async () => {
    const browser = await get(`${server.url}/`, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect([browser.status, browser.headers.location]).toEqual([302, 'console/']);
    expect([browser.headers.vary, browser.headers['cache-control']]).toEqual(['Accept', 'no-store']);
    for (const accept of ['*/*', 'application/json']) {
      const { status, headers, body } = await get(`${server.url}/`, { accept });
      expect([status, headers.vary, JSON.parse(body.toString())]).toMatchObject([200, 'Accept', { success: true }]);
    }
  });

  it('has a relative redirect to its folder', async () => {
    const { status, headers } = await get(`${server.url}/console`);
    expect([status, headers.location]).toEqual([302, 'console/']);
  });

  it('has a policy without anything inline, on every file', async () => {
    for (const path of ['', 'config.json', ...(await assets())]) {
      const { status, headers } = await get(`${server.url}/console/${path}`);
      expect([path, status]).toEqual([path, 200]);
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      });
    }
  });

  it('lets files with a digest in their name be kept, and asks each time for the page itself', async () => {
    const page = await get(`${server.url}/console/`);
    expect(page.headers['cache-control']).toBe('no-cache');
    const again = await get(`${server.url}/console/`, { 'if-none-match': page.headers.etag });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    for (const path of await assets()) {
      const { headers } = await get(`${server.url}/console/${path}`);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  it('sends what the build has compressed, equal to the plain file', async () => {
    for (const path of ['', ...(await assets())]) {
      const [plain, brotli, gzip] = await Promise.all(
        ['identity', 'gzip, deflate, br', 'br;q=0, gzip'].map((coding) =>
          get(`${server.url}/console/${path}`, { 'accept-encoding': coding }),
        ),
      );
      expect([plain, brotli, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([
        undefined,
        'br',
        'gzip',
      ]);
      expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
      expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    }
  });

  it('needs five requests and 46 KB at most', async () => {
    const paths = ['', 'config.json', ...(await assets())];
    expect(paths.length).toBeLessThanOrEqual(5);
    const bodies = await Promise.all(
      paths.map((path) => get(`${server.url}/console/${path}`, { 'accept-encoding': 'gzip' })),
    );
    expect(bodies.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(46_000);
  });

  it('says publicly which key is well known, and nothing else', async () => {
    const { body } = await get(`${server.url}/console/config.json`);
    expect(JSON.parse(body.toString())).toEqual({
      name: 'Frontier',
      version: expect.any(String) as string,
      well_known_key: 'changeme',
    });
  });

  it('serves no file that the build did not make', async () => {
    for (const path of ['nothing.js', '../package.json', '%2e%2e/package.json', 'assets/', 'index.html.br']) {
      expect((await get(`${server.url}/console/${path}`)).status).toBe(404);
    }
  });
});

describe('a server with a token of its own', () => {
  it('does not give it away', async () => {
    const server = await startServer(scripted);
    const { body } = await get(`${server.url}/console/config.json`);
    await server.close();
    expect(JSON.parse(body.toString())).toMatchObject({ well_known_key: null });
  });
});

describe('ENABLE_CONSOLE=false', () => {
  it('is 404 for the page and its stream, and JSON at / for everybody', async () => {
    const server = await startServer({ ...scripted, env: { ENABLE_CONSOLE: 'false' } });
    const statuses = await Promise.all(
      ['/console', '/console/', '/console/config.json'].map((path) => get(server.url + path)),
    );
    const live = await get(`${server.url}/v1/live`, { authorization: 'Bearer test-token' });
    const root = await get(`${server.url}/`, { accept: 'text/html' });
    await server.close();
    expect([...statuses, live].map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(JSON.parse(root.body.toString())).toMatchObject({ success: true });
  });
});
