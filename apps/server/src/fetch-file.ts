import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** A file to download, and its SHA-256 in hexadecimal. */
export interface FileToFetch {
  url: string;
  sha256: string;
  path: string;
}

/**
 * Downloads a file, unless it is there already. It appears as a whole or not at all, so that several processes may fetch it at once.
 * @returns whether it had to be fetched
 * @throws an Error that names the URL, where it cannot be had or has other bytes
 */
export async function fetchFile({ url, sha256, path }: FileToFetch): Promise<boolean> {
  if (existsSync(path) && (await digestOf(createReadStream(path))) === sha256) return false;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.part`;
  try {
    const found = await download(url, draft);
    if (found !== sha256) throw new Error(`its SHA-256 is ${found}, not ${sha256}`);
    renameSync(draft, path);
    return true;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : message}.`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Writes what a URL answers with to a file, and returns its SHA-256. */
async function download(url: string, path: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`the answer is ${response.status}`);
  const hash = createHash('sha256');
  await pipeline(
    Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return hash.digest('hex');
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
