import { createReadStream, existsSync, statSync, utimesSync } from 'node:fs';
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PartFile } from '../cache/part-file.js';
import { HubError, hubError } from '../reference/hub-error.js';
import type { HubFile } from '../reference/hub-file.js';
import { contentHash } from './content-hash.js';
import type { HubClient } from './hub-client.js';

/** How often one looks whether another process has a blob complete. */
const WAIT_MS = 200;
/** What a few connections must bring, for more of them to be made. */
const MIN_PROGRESS_BYTES = 2 ** 16;
/** MiB that are hashed between two signs of life, which keep others from taking the part over. */
const CHUNKS_PER_TOUCH = 512;

interface BlobDownload {
  client: HubClient;
  file: HubFile;
  /** Path of the file at the hub. */
  url: string;
  /** Where the content goes. */
  blob: string;
  /** For messages. */
  subject: string;
  signal: AbortSignal;
  /** Called with the bytes that are there, also with fewer than before where a part was no use. */
  onBytes: (bytes: number) => void;
}

/**
 * Downloads the content of a file. It appears under its name as a whole, checked and on the disk, or not at all; what was downloaded before is
 * taken up where it ended, also by another process.
 * @throws `HubError` as {@link HubClient.get}; `damaged` where the content is not what its name says, twice; `no_space`
 */
export async function downloadBlob(download: BlobDownload): Promise<void> {
  const { client, blob, file, signal, onBytes } = download;
  while (!existsSync(blob) || statSync(blob).size !== file.bytes) {
    const part = await PartFile.claim(blob, client.settings.timeoutMs);
    if (!part) {
      await sleep(WAIT_MS, undefined, { signal });
      continue;
    }
    try {
      await complete(download, part);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC') throw diskFull(download, error);
      // Another process took it over, as after this one was stopped for long.
      if (code !== 'ENOENT') throw error;
    } finally {
      part.release();
    }
  }
  onBytes(file.bytes);
}

async function complete(download: BlobDownload, part: PartFile): Promise<void> {
  const { blob, subject } = download;
  for (const isLast of [false, true]) {
    await fetchAll(download, part.path);
    if (await isWhole(download, part.path)) {
      await sync(part.path);
      await part.becomeBlob();
      await sync(dirname(blob));
      return;
    }
    await truncate(part.path);
    if (isLast) break;
  }
  throw hubError('damaged', `${subject}: the hub sends other bytes than its checksum says. Nothing of it was kept.`);
}

/** Completes a part; as long as connections bring something, in as many as it takes. */
async function fetchAll(download: BlobDownload, part: string): Promise<void> {
  for (let bytes = -MIN_PROGRESS_BYTES; ;) {
    try {
      return await download.client.retry(() => fetchRest(download, part));
    } catch (error) {
      const reached = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
      if (!(error instanceof HubError && error.retryable) || reached < bytes + MIN_PROGRESS_BYTES) throw error;
      bytes = reached;
    }
  }
}

/** Appends to a part what it lacks. */
async function fetchRest({ client, file, url, subject, onBytes }: BlobDownload, part: string): Promise<void> {
  let offset = statSync(part).size;
  if (offset === file.bytes) return;
  await using handle = await open(part, offset > file.bytes ? 'w' : 'r+');
  if (offset > file.bytes) offset = 0;
  const answer = await client.get(url, subject, offset > 0 ? { range: `bytes=${offset}-` } : {});
  if (offset > 0 && !continuesAt(answer.status, answer.headers, offset, file.bytes)) {
    await handle.truncate(0);
    offset = 0;
    // The whole comes with the next try.
    if (answer.status !== 200) {
      for await (const _ of answer.body) break;
      throw hubError('damaged', `${subject}: the hub does not send the part that was asked for.`, { retryable: true });
    }
  }
  for await (const chunk of answer.body) {
    if (offset + chunk.length > file.bytes) {
      await handle.truncate(0);
      throw hubError('damaged', `${subject}: the hub sends more than ${file.bytes} bytes.`);
    }
    await writeAll(handle, chunk, offset);
    offset += chunk.length;
    onBytes(offset);
  }
  if (offset < file.bytes) {
    const message = `${subject}: the hub ends after ${offset} of ${file.bytes} bytes.`;
    throw hubError('unreachable', message, { retryable: true });
  }
}

function continuesAt(status: number, headers: Headers, offset: number, bytes: number): boolean {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  return status === 206 && Number(range?.[1]) === offset && (range?.[2] === '*' || Number(range?.[2]) === bytes);
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

async function isWhole({ file, signal }: BlobDownload, part: string): Promise<boolean> {
  const hash = contentHash(file.etag, file.bytes);
  let chunks = 0;
  for await (const chunk of createReadStream(part, { highWaterMark: 2 ** 20, signal })) {
    hash.update(chunk as Buffer);
    if (++chunks % CHUNKS_PER_TOUCH === 0) utimesSync(part, new Date(), new Date());
  }
  return hash.digest('hex') === file.etag;
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

function diskFull({ subject, blob }: BlobDownload, cause: unknown): HubError {
  const message = `${subject}: the disk of ${dirname(blob)} is full. Free some, or set HF_HUB_CACHE to another one; what is there already is kept.`;
  return hubError('no_space', message, { cause });
}
