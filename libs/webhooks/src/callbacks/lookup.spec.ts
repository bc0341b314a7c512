import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lookup, lookupOfSystem, lookupWithResolver } from './lookup.js';

/** A name server on loopback: answers with these addresses, or not at all. */
class NameServer {
  asked = 0;
  private readonly socket: Socket = createSocket('udp4');

  static async start(answer?: (isV6: boolean) => number[] | undefined): Promise<NameServer> {
    const server = new NameServer();
    server.socket.on('message', (query, { port, address }) => {
      server.asked++;
      const type = query.readUInt16BE(query.length - 4 - (query.readUInt16BE(10) > 0 ? 11 : 0));
      const bytes = answer?.(type === 28);
      if (!bytes) return;
      const question = query.subarray(12, query.indexOf(0, 12) + 5);
      const header = Buffer.from(query.subarray(0, 12));
      header.writeUInt16BE(0x8180, 2);
      header.writeUInt16BE(bytes.length > 0 ? 1 : 0, 6);
      header.writeUInt16BE(0, 10);
      const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, bytes.length, ...bytes]);
      server.socket.send(Buffer.concat([header, question, bytes.length > 0 ? record : Buffer.alloc(0)]), port, address);
    });
    server.socket.bind(0, '127.0.0.1');
    await once(server.socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.socket.address() as AddressInfo).port}`;
  }

  close(): void {
    this.socket.close();
  }
}

const all = (lookup: Lookup, name: string): Promise<unknown> =>
  promisify<string, object, unknown>(lookup as never)(name, { all: true });

describe(lookupWithResolver, () => {
  let server: NameServer;
  afterEach(() => server.close());

  it('holds up no file of the process while a hundred names resolve slowly', async () => {
    server = await NameServer.start();
    const lookup = lookupWithResolver({ servers: [server.address], timeoutMs: 300, tries: 1 });
    const ended: string[] = [];
    const names = Array.from({ length: 100 }, (_, i) =>
      all(lookup, `name${i}.example`).then(
        () => ended.push('name'),
        (error: NodeJS.ErrnoException) => ended.push(error.code!),
      ),
    );
    await Promise.all(Array.from({ length: 20 }, () => readFile(import.meta.filename)));
    expect(ended).toEqual([]);
    await Promise.all(names);
    expect(new Set(ended)).toEqual(new Set(['ETIMEOUT']));
    expect(server.asked).toBeGreaterThanOrEqual(100);
  });

  it('finds the addresses of both families, or the one that is asked for', async () => {
    server = await NameServer.start((isV6) => (isV6 ? [0x20, 1, ...Array<number>(13).fill(0), 7] : [127, 0, 0, 9]));
    const lookup = lookupWithResolver({ servers: [server.address] });
    expect(await all(lookup, 'both.example')).toEqual([
      { address: '127.0.0.9', family: 4 },
      { address: '2001::7', family: 6 },
    ]);
    const found = await new Promise((resolve) => lookup('six.example', { family: 6 }, (...result) => resolve(result)));
    expect(found).toEqual([null, '2001::7', 6]);
  });

  it('takes one family where the other has nothing, and tells of a name without addresses', async () => {
    server = await NameServer.start((isV6) => (isV6 ? [] : [127, 0, 0, 9]));
    const lookup = lookupWithResolver({ servers: [server.address] });
    expect(await all(lookup, 'four.example')).toEqual([{ address: '127.0.0.9', family: 4 }]);
    const six = new Promise((resolve) => lookup('four.example', { family: 6 }, (error) => resolve(error)));
    expect(await six).toMatchObject({ code: 'ENODATA' });
  });
});

describe(lookupOfSystem, () => {
  let waiting: (() => void)[];
  beforeEach(() => {
    waiting = [];
  });

  it('takes two threads at most, and lets the others wait in their order', async () => {
    let running = 0;
    let most = 0;
    const slow = ((_: string, __: object, done: (...result: unknown[]) => void) => {
      most = Math.max(most, ++running);
      waiting.push(() => {
        running--;
        done(null, [{ address: '127.0.0.1', family: 4 }]);
      });
    }) as unknown as Lookup;
    const lookup = lookupOfSystem(slow);
    const found: number[] = [];
    const names = Array.from({ length: 10 }, (_, i) => all(lookup, `host${i}`).then(() => found.push(i)));
    while (found.length < 10) {
      expect(running).toBeLessThanOrEqual(2);
      waiting.shift()?.();
      await sleep(0);
    }
    await Promise.all(names);
    expect([most, running]).toEqual([2, 0]);
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
