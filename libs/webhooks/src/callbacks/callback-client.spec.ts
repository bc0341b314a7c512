import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CallbackClient } from './callback-client.js';

/** Resolves every name to these addresses, one after the other. */
function resolving(...addresses: string[]): LookupFunction {
  let asked = 0;
  return (_, options, done) => {
    const address = addresses[Math.min(asked++, addresses.length - 1)];
    const family = address.includes(':') ? 6 : 4;
    if (options.all) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}

describe(CallbackClient.name, () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `:${(server.address() as AddressInfo).port}/`;
  };

  it('posts JSON to a host that is allowed, and tells its status and when to come again', async () => {
    let body = '';
    const port = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.writeHead(429, { 'retry-after': '7' }).end('ignored'));
    });
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'] });
    expect(await client.post(`http://127.0.0.1${port}`, { a: 'b' }, '{"é":1}')).toEqual({
      status: 429,
      retryAfterMs: 7000,
    });
    expect(body).toBe('{"é":1}');
  });

  it('does not follow a redirect', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked++;
      response.writeHead(307, { location: 'http://127.0.0.1/elsewhere' }).end();
    });
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'] });
    expect(await client.post(`http://127.0.0.1${port}`, {}, '{}')).toEqual({ status: 307 });
    expect(asked).toBe(1);
  });

  it('gives up a receiver that is slow to answer, or never ends', async () => {
    const port = await serve(() => {});
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'], timeoutMs: 100 });
    await expect(client.post(`http://127.0.0.1${port}`, {}, '{}')).rejects.toThrow(/timeout|abort/i);
    server!.closeAllConnections();
    server!.removeAllListeners('request').on('request', ((_, response) => {
      response.writeHead(200);
      setInterval(() => response.write('x'), 10).unref();
    }) satisfies RequestListener);
    expect((await client.post(`http://127.0.0.1${port}`, {}, '{}')).status).toBe(200);
  });

  it('ends an attempt whose signal fires, with its reason', async () => {
    const port = await serve(() => {});
    const leaving = new AbortController();
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'] });
    const attempt = client.post(`http://127.0.0.1${port}`, {}, '{}', leaving.signal);
    leaving.abort(new Error('The queue is closing.'));
    await expect(attempt).rejects.toThrow('The queue is closing.');
  });

  it('takes another protocol for an answer like others', async () => {
    const port = await serve(() => {});
    server!.on('upgrade', () => {});
    server!.removeAllListeners('request').on('request', ((request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    }) satisfies RequestListener);
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'], timeoutMs: 15_000 });
    const outcome = await client.post(`http://127.0.0.1${port}`, {}, '{}').catch((error: unknown) => error);
    expect(outcome).not.toMatchObject({ status: 200 });
    expect(String(outcome)).not.toMatch(/timeout|abort/i);
  });

  it('throws when the connection breaks', async () => {
    const port = await serve((request) => request.socket.destroy());
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'] });
    await expect(client.post(`http://127.0.0.1${port}`, {}, '{}')).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('connects to no private address that a public name resolves to, also where it resolved to another before', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked++;
      response.end();
    });
    const url = `http://hooks.example${port}`;
    for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fd00::1']) {
      const client = new CallbackClient({ allowedHosts: [], lookup: resolving(address) });
      await expect(client.post(url, {}, '{}')).rejects.toMatchObject({ code: 'callback_refused' });
    }
    const rebound = new CallbackClient({
      allowedHosts: [],
      timeoutMs: 200,
      lookup: resolving('192.0.2.1', '127.0.0.1'),
    });
    await expect(rebound.post(url, {}, '{}')).rejects.toThrow(/timeout|abort|UNREACH|REFUSED|not public/i);
    await expect(rebound.post(url, {}, '{}')).rejects.toMatchObject({ code: 'callback_refused' });
    expect(asked).toBe(0);
    const allowed = new CallbackClient({ allowedHosts: ['hooks.example'], lookup: resolving('127.0.0.1') });
    expect((await allowed.post(url, {}, '{}')).status).toBe(200);
  });

  it.each([
    'ftp://example.com',
    'file:///etc/passwd',
    'http://user@example.com',
    'http://127.0.0.1',
    'http://127.1',
    'http://0',
    'http://168.63.129.16',
    'http://0x7f000001',
    'http://2130706433',
    'http://[::1]',
    'http://[::ffff:10.0.0.1]',
    'http://localhost',
    'http://localhost.',
    'http://api.internal',
    'nonsense',
  ])('refuses %s at once', (url) => {
    const client = new CallbackClient({ allowedHosts: ['10.9.9.9:80'] });
    expect(() => client.assertAllowed(url)).toThrow(expect.objectContaining({ code: 'callback_refused', status: 422 }));
  });
});
