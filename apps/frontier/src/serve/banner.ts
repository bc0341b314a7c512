import { availableParallelism } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { memoryLimit } from '@frontier/engine/memory-limit';
import type { ServerConfig } from '@frontier/server/config';
import { VERSION } from '../cli/version.js';
import { durationText, memoryText, sizeText, timeLeftText } from '../text/numbers.js';
import { oneLine } from '../text/printable.js';
import { bar, percentOf } from '../terminal/bar-line.js';
import type { Terminal } from '../terminal/terminal.js';
import type { ModelProgress, ModelStateLine } from './model-states.js';

/** Lines of models at most; the banner has nine in all. */
const MAX_MODELS = 3;
const BAR_WIDTH = 10;
/** Narrower terminals have one column, and no hint. */
const NARROW_COLUMNS = 100;
/** Of the first of two columns. */
const LEFT_WIDTH = 49;

/** Content of the banner beside the states of the models. */
export interface BannerFacts {
  config: ServerConfig;
  url: string;
  isDemonstration: boolean;
  /** Until all models were ready; undefined before. */
  readyMs: number | undefined;
}

/** The lines of the banner. */
export function bannerLines(facts: BannerFacts, models: readonly ModelStateLine[], terminal: Terminal): string[] {
  const { config, url, readyMs } = facts;
  const dim = (text: string): string => terminal.styled('dim', text);
  const state = readyMs === undefined ? 'starting' : `ready in ${durationText(readyMs)}`;
  const left = (label: string, value: string): string => `${dim(label.padEnd(10))}${value}`;
  const isNarrow = terminal.width(terminal.stdout) < NARROW_COLUMNS;
  const both = (one: string, other: string): string[] => (isNarrow ? [one, other] : [padded(one, LEFT_WIDTH) + other]);
  const api = left('API', `${url}/v1`);
  const docs = left('Docs', `${url}/docs`);
  return [
    `${terminal.styled('bold', `Frontier ${VERSION}`)} · ${state}`,
    ...(config.environment.ENABLE_CONSOLE ? both(left('Console', url), api) : [api]),
    ...both(left('Key', keyOf(config)), docs),
    ...modelLines(facts, models, terminal),
    left('Machine', `${availableParallelism()} threads · ${memoryOf(models)}`),
    dim('Ctrl-C stops after running answers have ended.'),
  ].map((line) => `  ${line}`);
}

function modelLines({ isDemonstration }: BannerFacts, models: readonly ModelStateLine[], terminal: Terminal): string[] {
  const shown = models.length > MAX_MODELS ? models.slice(0, MAX_MODELS - 1) : models;
  const lines = shown.map((model) => modelLine(model, terminal));
  if (isDemonstration && terminal.width(terminal.stdout) >= NARROW_COLUMNS)
    lines[0] += `     ${terminal.styled('dim', 'the bundled demonstration; add one: frontier pull hf:org/name')}`;
  if (shown.length < models.length) lines.push(`and ${models.length - shown.length} more: frontier list`);
  return lines.map((line, i) => `${terminal.styled('dim', (i === 0 ? 'Models' : '').padEnd(10))}${line}`);
}

/** A model in one line: `storyteller · ready · int8 · 38 MB`. */
export function modelLine(
  { name, status, precision, memory, progress, reason }: ModelStateLine,
  terminal: Terminal,
): string {
  const colors = { ready: 'green', failed: 'red', loading: 'yellow', unloading: 'yellow', unloaded: 'dim' } as const;
  const parts = [
    oneLine(name),
    progress === undefined ? terminal.styled(colors[status], status) : progressText(progress, precision, terminal),
    progress === undefined ? precision : undefined,
    memory === undefined ? undefined : sizeText(memory),
    reason === undefined ? undefined : oneLine(reason),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** `loading int4 ━━━━━╸──── 61 % · 6 s left`. */
function progressText(
  { phase, share, secondsLeft }: ModelProgress,
  precision: string | undefined,
  terminal: Terminal,
): string {
  const what = [phase, precision].filter((part) => part !== undefined).join(' ');
  const left = secondsLeft === undefined ? '' : ` · ${timeLeftText(secondsLeft)} left`;
  return `${what} ${bar(share, BAR_WIDTH, terminal.isUnicode)} ${percentOf(share, false)} %${left}`;
}

function keyOf({ apiToken, environment }: ServerConfig): string {
  if (apiToken.isWellKnown) return `${apiToken.value}  (this machine only)`;
  if (apiToken.isGenerated) return `${apiToken.value}  (made for this run; set TRUTHGPT_API_TOKEN)`;
  return apiToken.value === undefined ? environment.API_KEYS_FILE! : 'TRUTHGPT_API_TOKEN';
}

/** Memory of the models, and the limit: `0.2 of 24 GiB`. */
function memoryOf(models: readonly ModelStateLine[]): string {
  const used = models.reduce((sum, { memory = 0 }) => sum + memory, 0);
  return `${memoryText(used)} of ${memoryText(memoryLimit().bytes)}`.replace(' GiB of', ' of');
}

/** A text with spaces behind it, up to a width; at least one. */
function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(1, width - stripVTControlCharacters(text).length));
}
