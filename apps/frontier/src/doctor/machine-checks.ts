import { accessSync, constants, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism, cpus, freemem, tmpdir } from 'node:os';
import { memoryLimit } from '@frontier/engine/memory-limit';
import { processorFeatures } from '@frontier/engine/machine';
import { readHubSettings } from '@frontier/engine/hub';
import { messageOf } from '@frontier/errors';
import type { Variables } from '../cli/context.js';
import { dataFolder } from '../cli/folders.js';
import { existingFolder, freeBytes } from '../cli/free-bytes.js';
import { serveConfig } from '../serve/serve-options.js';
import { memoryText, sizeText } from '../text/numbers.js';
import { type Check, fail, ok, warn } from './check.js';

/** The server, and the smallest models. */
const MIN_MEMORY = 600e6;
const MIN_DISK = 1e9;
const CONNECT_TIMEOUT_MS = 2000;

/** Checks of this machine. */
export async function* machineChecks(env: Variables): AsyncGenerator<Check> {
  yield node();
  yield processor();
  yield threads();
  yield memory();
  yield await checked('variables', 'set it right, or unset it: docs/configuration.md', () => variables(env));
  yield await checked('port', 'set PORT to a free one, such as 8080', () => port(Number(env.PORT || 8080)));
  yield await checked('folders', 'set HOME, or DATA_DIR', () => writable(env.DATA_DIR || dataFolder(env, '')));
  yield await checked('disk', 'set HF_HOME to a folder for models', () => disk(readHubSettings(env).cache));
  for (const name of ['REDIS_URL', 'JOBS_REDIS_URL']) if (env[name]) yield await redis(name, env[name]);
}

/** A check that cannot be made, since a variable is wrong, has failed. */
async function checked(name: string, advice: string, check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    return fail(name, messageOf(error), advice);
  }
}

/** Reads all of them as `frontier serve` does, and those of the hub. */
async function variables(env: Variables): Promise<Check> {
  await serveConfig([], {}, env);
  readHubSettings(env);
  return ok('variables', 'those of the server and of the hub are right');
}

function node(): Check {
  const { node: version } = process.versions;
  return ok('node', `${version}, ${process.platform} ${process.arch}`);
}

function processor(): Check {
  const { model } = cpus()[0] ?? { model: 'unknown' };
  const features = processorFeatures();
  const found = [model.trim(), ...features].join(', ');
  if (process.arch !== 'x64' || features.length === 0 || features.includes('AVX2')) return ok('processor', found);
  return warn('processor', `${found}: no AVX2`, 'expect a tenth of the speed, or take a machine of the last ten years');
}

function threads(): Check {
  const usable = availableParallelism();
  const cores = cpus().length;
  const found = usable < cores ? `${usable} of ${cores} cores (the container's quota)` : `${usable}`;
  return usable > 1
    ? ok('threads', found)
    : warn('threads', found, 'give it two: the server answers while a model computes');
}

function memory(): Check {
  const { bytes, of } = memoryLimit();
  const free = of === 'machine' ? Math.min(bytes, availableBytes()) : bytes - process.memoryUsage.rss();
  const found = `${memoryText(free)} free of ${memoryText(bytes)} (${of})`;
  return free >= MIN_MEMORY ? ok('memory', found) : warn('memory', found, 'end other programs, or raise the limit');
}

function availableBytes(): number {
  return process.availableMemory?.() || freemem();
}

async function port(wanted: number): Promise<Check> {
  const { promise, resolve } = Promise.withResolvers<Check>();
  const server = createServer();
  server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
    resolve(
      code === 'EADDRINUSE'
        ? warn(
            'port',
            `${wanted} is in use`,
            `frontier list (if it is a server of yours), or frontier serve --port ${wanted + 1}`,
          )
        : fail('port', `${wanted}: ${message}`, 'frontier serve --port 8080'),
    );
  });
  server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(ok('port', `${wanted} is free`))));
  return promise;
}

function writable(folder: string): Check {
  try {
    const place = existingFolder(folder);
    if (!statSync(place).isDirectory()) throw new Error(`${place} is no folder`);
    accessSync(place, constants.W_OK);
    accessSync(tmpdir(), constants.W_OK);
    return ok('folders', `${folder} and ${tmpdir()} can be written to`);
  } catch (error) {
    return fail(
      'folders',
      (error as Error).message,
      'make it writable, or set DATA_DIR and TMPDIR to folders that are',
    );
  }
}

async function disk(cache: string): Promise<Check> {
  const free = await freeBytes(cache);
  const found = `${sizeText(free)} free for models in ${cache}`;
  return free >= MIN_DISK
    ? ok('disk', found)
    : warn('disk', found, 'frontier rm <model>, or set HF_HUB_CACHE to another disk');
}

/** Whether a Redis answers; nothing is asked of it. */
async function redis(name: string, url: string): Promise<Check> {
  const { hostname, port: given } = URL.parse(url) ?? { hostname: '', port: '' };
  const advice = `start it, or unset ${name}: the server then uses its own memory`;
  if (hostname === '') return fail('redis', `${name} is no URL`, `set it to redis://host:6379`);
  const place = `${hostname}:${given || 6379}`;
  const { promise, resolve } = Promise.withResolvers<Check>();
  const socket = connect({ host: hostname, port: Number(given || 6379), timeout: CONNECT_TIMEOUT_MS });
  socket.once('connect', () => resolve(ok('redis', `${name}: ${place} answers`)));
  socket.once('error', ({ message }) => resolve(fail('redis', `${name}: ${message}`, advice)));
  socket.once('timeout', () => resolve(fail('redis', `${name}: ${place} does not answer`, advice)));
  return promise.finally(() => socket.destroy());
}
