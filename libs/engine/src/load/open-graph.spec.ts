import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HuggingFaceSource } from '../source/hugging-face-source.js';
import { planDecoder } from './plan-decoder.js';
import { openGraph } from './open-graph.js';

const STORYTELLER = resolve(import.meta.dirname, '../../../../models/storyteller');

const OPTIONS = {
  precision: 'fp32',
  prefillPrecision: 'fp32',
  outputPrecision: 'fp32',
  cache: 'host',
  maxWeight: 127,
  contextLength: 64,
} as const;

describe(openGraph, () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-open-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const source = new HuggingFaceSource(STORYTELLER);
  const open = (load: (path: string) => Promise<string>): ReturnType<typeof openGraph<string>> =>
    openGraph(
      {
        openWeights: () => source.openWeights(),
        plan: (weights) => planDecoder(weights, { config: source.readConfig(), options: OPTIONS }),
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
});
