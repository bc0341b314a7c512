import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ServerClient } from './server-client.js';

describe(ServerClient, () => {
  let server: Server;
  const start = async (listener: RequestListener): Promise<ServerClient> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ServerClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'secret');
  };
  afterEach(() => server.close());

  it.each(['<html>hello</html>', '{"service":"another"}', 'null', ''])(
    'knows no server of ours in %j',
    async (body) => {
      const keys: unknown[] = [];
      const client = await start(({ headers }, response) => {
        keys.push(headers.authorization);
        response.end(body);
      });
      expect(await client.isUp()).toBe(false);
      await expect(client.connect()).rejects.toMatchObject({
        exitCode: 4,
        message: `what answers at ${client.url} is no Frontier server.`,
      });
      expect(keys).toEqual([undefined, undefined]);
    },
  );

  it('knows one by its name', async () => {
    const client = await start((_, response) => response.end('{"service":"Frontier-Model-Run Inference API"}'));
    expect(await client.isUp()).toBe(true);
  });

  it('says nothing of what was sent', async () => {
    const client = await start(() => {});
    const odd = new ServerClient(client.url, 'secret\nsecond');
    await expect(odd.send('/v1/models')).rejects.toThrow(`no server answers at ${client.url}.`);
  });

  it('asks no longer than it is wanted', async () => {
    const client = await start(() => {});
    const controller = new AbortController();
    const asking = client.isUp(controller.signal);
    controller.abort(new Error('stopped'));
    await expect(asking).rejects.toThrow('stopped');
  });
});
