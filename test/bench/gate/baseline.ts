import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { processorKind } from '../machine/processor.ts';

const FILE = join(import.meta.dirname, 'baseline.json');

/** Shares of the speed of bare products, by the name of a point. */
export type Baseline = Record<string, number>;

/** This machine, as far as ratios depend on it. */
export const MACHINE = `${processorKind()}, ${availableParallelism()} threads`;

/** `undefined` where none was kept for a machine like this one. */
export function readBaseline(): Baseline | undefined {
  return read()[MACHINE];
}

/** Keeps a baseline for machines like this one. */
export function writeBaseline(baseline: Baseline): void {
  writeFileSync(FILE, `${JSON.stringify({ ...read(), [MACHINE]: baseline }, undefined, 2)}\n`);
}

function read(): Record<string, Baseline | undefined> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Baseline | undefined>;
}
