import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readModelFacts } from '@frontier/engine/inspection';
import { cachedModels, hubReferenceText, readHubSettings } from '@frontier/engine/hub';
import { messageOf } from '@frontier/errors';
import type { Precision } from '@frontier/engine';
import type { Variables } from '../cli/context.js';
import { bundledModel, modelArgument } from '../serve/model-argument.js';

/** A model of this machine; `frontier serve` takes its `source`. */
export interface MachineModel {
  name: string;
  /** Of a server, or `unloaded` and `refused`. */
  status: string;
  /** Bytes of its files. */
  bytes: number | null;
  /** Bytes in memory; for a model that is not loaded, an estimate. */
  memory: number | null;
  isEstimate: boolean;
  precision: string | null;
  context: number | null;
  source: string;
  reason?: string;
}

/** The memory of a batch does not matter here. */
const ANY_BATCH = 32;

/** The models that need no download: the bundled one, and those of the hub's cache. */
export function machineModels(env: Variables): MachineModel[] {
  const bundled = bundledModel();
  const cached = cachedModels(readHubSettings(env).cache).map(({ reference, path, bytes }) => {
    const source = hubReferenceText(reference);
    return described(modelArgument(source).name, { path, bytes, source });
  });
  const { name, ...place } = { ...bundled, bytes: bytesOf(bundled.path), source: 'bundled' };
  return [described(name, place), ...cached];
}

interface Place {
  path: string;
  bytes: number | null;
  source: string;
  precision?: Precision;
}

function described(name: string, { path, bytes, source, precision }: Place): MachineModel {
  const model = { name, bytes, source, isEstimate: true };
  try {
    const facts = readModelFacts({ path, maxBatchSize: ANY_BATCH, ...(precision && { precision }) });
    return {
      ...model,
      status: 'unloaded',
      memory: facts.memory ?? null,
      precision: facts.precision ?? null,
      context: facts.contextLength ?? null,
    };
  } catch (error) {
    return { ...model, status: 'refused', memory: null, precision: null, context: null, reason: messageOf(error) };
  }
}

/** Bytes of a folder's files, or of a file. */
export function bytesOf(path: string): number | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  if (!stat.isDirectory()) return stat.size;
  const files = readdirSync(path, { recursive: true }) as string[];
  return files.reduce((sum, name) => {
    const found = statSync(join(path, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() ? found.size : 0);
  }, 0);
}
