import { loadModel } from '@frontier/engine';
import { readModelFacts } from '@frontier/engine/inspection';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { cacheFolder } from '../cli/folders.js';
import { numberOption, precisionOption, wrongOption } from '../cli/option-values.js';
import { localModel } from '../serve/local-model.js';
import { tableLines } from '../terminal/table.js';
import { countText, rateText } from '../text/numbers.js';
import { limitOf, type Machine, measureMachine } from './machine.js';
import { type BenchRow, measureDecode, measurePrompt } from './measure-model.js';

/** Options of `frontier bench`. */
export interface BenchOptions {
  streams?: string;
  seconds?: string;
  precision?: string;
}

interface Row extends BenchRow {
  /** Share of the machine's limit; null where that is unknown. */
  ofLimit: number | null;
}

const DEFAULT_STREAMS = '1,4,16';
const DEFAULT_SECONDS = 2;
const MAX_STREAMS = 256;
/** Tokens of prompts that share a pass. */
const CHUNK = 32;

/** `frontier bench`: measures the machine, and a model beside the machine's limits. */
export async function benchCommand(context: Context<BenchOptions>, text?: string): Promise<void> {
  const { terminal, options, env } = context;
  const streams = streamsOf(options.streams ?? DEFAULT_STREAMS);
  const seconds = numberOption('--seconds', options.seconds, [0.1, 600]) ?? DEFAULT_SECONDS;
  const given = precisionOption(options.precision);
  const named = localModel(text, env);
  const { path } = named;
  const precision = given ?? named.precision;
  const model = { path, maxBatchSize: Math.max(...streams), ...(precision && { precision }) };
  const { task, pass, contextLength = 1024 } = readModelFacts(model);
  if (task !== 'generate') throw notGenerating(path);
  terminal.note('Measuring this machine …');
  const machine = await measureMachine();
  if (!terminal.isJson) terminal.print(machineLine(machine));
  terminal.note('Loading the model …');
  const loaded = await loadModel({ ...model, graphCache: env.GRAPH_CACHE_DIR || cacheFolder(env, 'graphs') });
  const rows: Row[] = [];
  for (const [measure, what] of [
    [measureDecode, 'decode'],
    [measurePrompt, 'prompt'],
  ] as const) {
    for (const count of streams) {
      terminal.note(`${what}, ${count === 1 ? '1 stream' : `${count} streams`} …`);
      const row = await measure(loaded, { streams: count, seconds, contextLength });
      const tokens = what === 'decode' ? count : CHUNK;
      rows.push({ ...row, ofLimit: pass ? row.tokensPerSecond / limitOf(machine, pass, tokens) : null });
    }
  }
  await loaded.runner.release();
  if (terminal.isJson) terminal.printJson({ machine: machineJson(machine), rows: rows.map(rowJson) });
  else terminal.print(rowLines(rows, streams).join('\n'));
}

function machineLine({ threads, features, bytesPerSecond, byteOpsPerSecond }: Machine): string {
  const products = `8-bit products ${Math.round(byteOpsPerSecond / 1e9)} GOP/s`;
  const processor = [`${threads} threads`, ...(features.length > 0 ? [features[0]] : [])].join(', ');
  return `${processor} · memory ${rateText(bytesPerSecond)} · ${products}`;
}

function rowLines(rows: readonly Row[], streams: readonly number[]): string[] {
  const head = [
    '',
    ...streams.map((count, i) => (i === 0 ? `${count} stream${count === 1 ? '' : 's'}` : String(count))),
    'of the limit',
  ];
  const lines = (['decode', 'prompt'] as const).map((what) => {
    const own = rows.filter((row) => row.what === what);
    const best = Math.max(...own.map(({ ofLimit }) => ofLimit ?? NaN));
    return [
      `${what}  tokens/s`,
      ...own.map(({ tokensPerSecond }) => countText(tokensPerSecond)),
      Number.isNaN(best) ? '–' : `${Math.round(100 * best)} %`,
    ];
  });
  return tableLines(head, lines, { right: head.map((_, i) => i).slice(1) });
}

function machineJson({ threads, features, bytesPerSecond, byteOpsPerSecond }: Machine): object {
  return {
    threads,
    features,
    bytes_per_s: Math.round(bytesPerSecond),
    int8_ops_per_s: Math.round(byteOpsPerSecond),
  };
}

function rowJson({ what, streams, tokensPerSecond, p50Ms, ofLimit }: Row): object {
  const rounded = (value: number, places: number): number => Number(value.toFixed(places));
  return {
    what,
    streams,
    tokens_per_s: rounded(tokensPerSecond, 1),
    p50_ms: rounded(p50Ms, 2),
    of_limit: ofLimit === null ? null : rounded(ofLimit, 3),
  };
}

function streamsOf(text: string): number[] {
  const streams = text.split(',').map(Number);
  if (streams.every((count) => Number.isInteger(count) && count >= 1 && count <= MAX_STREAMS)) return streams;
  throw wrongOption('--streams', text, `whole numbers to ${MAX_STREAMS}, such as 1,4,16`);
}

function notGenerating(path: string): CommandError {
  return new CommandError(`the model in ${path} does not generate, and only such models are measured.`, {
    code: 'task_unsupported',
    exitCode: EXIT.notSupported,
    hints: [['Encoders', 'npm run bench:encoders, in the repository']],
  });
}
