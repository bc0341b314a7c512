import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { BoundPort } from './bound-port.js';

@Module({})
class EmptyModule {}

describe(BoundPort, () => {
  it.each(['127.0.0.1', 'localhost'])('keeps those who connect to %s waiting until there is a server', async (host) => {
    const port = await BoundPort.open(host, 0);
    // Of a name with several addresses the socket is another one later.
    const early = host === 'localhost' ? undefined : fetch(port.url);
    const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), { logger: false });
    await port.handOver(app);
    expect((await early)?.status).toBe(host === 'localhost' ? undefined : 404);
    expect((await fetch(port.url)).status).toBe(404);
    await app.close();
    await expect(fetch(port.url)).rejects.toThrow('fetch failed');
  });

  it('refuses a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(BoundPort.open('127.0.0.1', port)).rejects.toThrow(`PORT=${port}: another process listens`);
    server.close();
    await once(server, 'close');
    await (await BoundPort.open('127.0.0.1', port)).close();
    await (await BoundPort.open('127.0.0.1', port)).close();
  });

  it('names addresses that can be opened', async () => {
    for (const [host, url] of [
      ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
      ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
    ] as const) {
      const port = await BoundPort.open(host, 0);
      expect(port.url).toMatch(url);
      await port.close();
    }
  });
});
