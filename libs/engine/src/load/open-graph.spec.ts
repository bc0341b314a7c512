import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HuggingFaceSource } from '../source/hugging-face-source.js';
import { planDecoder } from './plan-decoder.js';
import type { Weights } from '../model/weights.js';
import { openGraph } from './open-graph.js';

const STORYTELLER = resolve(import.meta.dirname, '../../../../models/storyteller');

const OPTIONS = {
  precision: 'fp32',
  prefillPrecision: 'fp32',
  outputPrecision: 'fp32',
  cache: 'host',
  attention: 'fused',
  maxWeight: 127,
  isStaged: true,
  isApart: false,
  contextLength: 64,
} as const;

describe(openGraph, () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-open-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (
    load: (path: string) => Promise<string>,
    {
      source = new HuggingFaceSource(STORYTELLER),
      onLayer,
    }: { source?: HuggingFaceSource; onLayer?: (layers: number) => void } = {},
  ): ReturnType<typeof openGraph<string, Weights>> =>
    openGraph(
      {
        openWeights: () => source.openWeights(),
        plan: (weights) => planDecoder(weights, { config: source.readConfig(), options: OPTIONS, onLayer }),
        cache: { folder: join(folder, 'graphs'), maxBytes: Infinity },
      },
      load,
    );

  it('builds a graph again that another process evicted before it was open', async () => {
    const origins: string[] = [];
    const load = (path: string): Promise<string> => {
      origins.push(path);
      if (origins.length > 1) return Promise.resolve(`opened ${path}`);
      renameSync(dirname(path), join(folder, 'evicted'));
      return Promise.reject(new Error('No such file.'));
    };
    const { session, origin } = await open(load);
    expect([session, origin]).toEqual([`opened ${origins[1]}`, 'built']);
  });

  it('does not try again what the runtime refuses', async () => {
    let tries = 0;
    const load = (): Promise<string> => Promise.reject(new Error(`Refused ${++tries}.`));
    await expect(open(load)).rejects.toThrow('Refused 1.');
    expect(readdirSync(join(folder, 'graphs')).filter((name) => name !== 'facts')).toHaveLength(1);
  });

  it.each([
    ['written to', (path: string) => writeFileSync(path, 'x', { flag: 'r+' })],
    [
      'written to without a change of its time',
      (path: string) => {
        writeFileSync(path, 'x', { flag: 'r+' });
        utimesSync(path, 1, 1);
      },
    ],
    [
      'replaced',
      (path: string) => {
        cpSync(path, `${path}.new`);
        renameSync(`${path}.new`, path);
      },
    ],
  ])('keeps no graph of weights that are %s while it is built', async (_, change) => {
    const model = join(folder, 'model');
    cpSync(STORYTELLER, model, { recursive: true });
    utimesSync(join(model, 'model.safetensors'), 1, 1);
    const onLayer = (layers: number): void => {
      if (layers === 1) change(join(model, 'model.safetensors'));
    };
    const opened = open(() => expect.unreachable(), { source: new HuggingFaceSource(model), onLayer });
    await expect(opened).rejects.toThrow(/model\.safetensors was changed while the model was loaded/);
    expect(readdirSync(join(folder, 'graphs')).filter((name) => name !== 'facts')).toEqual([]);
  });
});
