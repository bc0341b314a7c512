/**
 * The memory that a model needs, for `resources.limits.memory` of the chart or `docker run --memory`:
 *
 *   npm run estimate -- /srv/models/qwen.gguf [--precision int8] [--prefill-precision int8] [--cache-tokens 16384]
 *
 * Without `--cache-tokens` as many sequences as a batch takes use their whole context (`--max-batch-size`, `--context-length`).
 */
import { parseArgs } from 'node:util';
import { type Precision, readModelMemory } from '@frontier/engine';

/** The server's own process, and the text process of a model (docs/deployment.md#sizing). */
const SERVER_BYTES = 220e6;
const TEXT_BYTES = 70e6;
const LOADING_BYTES = 100e6;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    precision: { type: 'string' },
    'prefill-precision': { type: 'string' },
    'cache-tokens': { type: 'string' },
    'max-batch-size': { type: 'string', default: '32' },
    'context-length': { type: 'string' },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error('Name a model: a folder, or a GGUF file.');

const { weights, process, cacheToken, maxCacheTokens } = readModelMemory({
  path,
  precision: values.precision as Precision | undefined,
  prefillPrecision: values['prefill-precision'] as Precision | undefined,
  maxBatchSize: Number(values['max-batch-size']),
  contextLength: numberOf(values['context-length']),
  maxCacheTokens: numberOf(values['cache-tokens']),
});
const parts: [string, number][] = [
  ['weights', weights],
  ['its process', process],
  [`cache of ${maxCacheTokens} tokens`, cacheToken * maxCacheTokens],
  ['while it loads', LOADING_BYTES],
  ['its text process', TEXT_BYTES],
  ['the server', SERVER_BYTES],
];
for (const [name, bytes] of parts) print(name, bytes);
print(
  'a container with this model',
  parts.reduce((sum, [, bytes]) => sum + bytes, 0),
);

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function print(name: string, bytes: number): void {
  globalThis.process.stdout.write(
    `${name.padEnd(32)}${Math.ceil(bytes / 2 ** 20)
      .toString()
      .padStart(8)} Mi\n`,
  );
}
