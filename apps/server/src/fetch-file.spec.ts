import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchFile } from './fetch-file.js';

const BYTES = Buffer.from('a model'.repeat(100_000));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

describe(fetchFile, () => {
  let folder: string;
  let server: Server;
  let base: string;
  let requests: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-fetch-'));
    requests = 0;
    server = createServer(({ url }, response) => {
      requests++;
      if (url === '/moved') response.writeHead(302, { location: '/model.gguf' }).end();
      else if (url === '/model.gguf') response.end(BYTES);
      else if (url === '/broken')
        response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES, () => response.destroy());
      else response.writeHead(404).end('<html>no such model</html>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const path = (): string => join(folder, 'some', 'model.gguf');
  const fetchFrom = (url: string, sha256 = SHA256): Promise<boolean> =>
    fetchFile({ url: base + url, sha256, path: path() });

  it('downloads a file once, through redirections', async () => {
    expect([await fetchFrom('/moved'), await fetchFrom('/moved')]).toEqual([true, false]);
    expect(readFileSync(path()).equals(BYTES)).toBe(true);
    expect(requests).toBe(2);
  });

  it('downloads a file again that is damaged', async () => {
    await fetchFrom('/model.gguf');
    writeFileSync(path(), BYTES.subarray(1));
    expect(await fetchFrom('/model.gguf')).toBe(true);
    expect(readFileSync(path()).equals(BYTES)).toBe(true);
  });

  it.each([
    ['is not there', '/other', SHA256, /\/other: the answer is 404\.$/],
    ['has other bytes', '/model.gguf', '0'.repeat(64), new RegExp(`model.gguf: its SHA-256 is ${SHA256}, not 0{64}`)],
    ['breaks off', '/broken', 'any', /\/broken: /],
  ])('leaves nothing of a file that %s, and says where it was', async (_, url, sha256, message) => {
    await expect(fetchFrom(url, sha256)).rejects.toThrow(message);
    expect(readdirSync(join(folder, 'some'))).toEqual([]);
  });

  it('names a server that cannot be reached', async () => {
    await expect(fetchFile({ url: 'http://127.0.0.1:9/x', sha256: SHA256, path: path() })).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9\/x: /,
    );
  });
});
