import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CallbackClient } from '@frontier/webhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { elapsedMs } from '../support/elapsed.ts';

describe(CallbackClient.name, () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };

  it('gives up a silent receiver within a second of a timeout of 100 ms', async () => {
    const url = await serve(() => {});
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'], timeoutMs: 100 });
    const attempt = (): Promise<void> => expect(client.post(url, {}, '{}')).rejects.toThrow(/timeout|abort/i);
    expect(await elapsedMs(attempt)).toBeLessThan(1000);
  });

  it('notices a switch of protocols within a second', async () => {
    const url = await serve((request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    });
    server.on('upgrade', () => {});
    const client = new CallbackClient({ allowedHosts: ['127.0.0.1'], timeoutMs: 2000 });
    expect(await elapsedMs(() => client.post(url, {}, '{}').catch(() => {}))).toBeLessThan(1000);
  });
});
