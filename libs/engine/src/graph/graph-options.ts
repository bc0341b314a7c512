import type { Precision } from './quantization/precision.js';

/** What a graph is built for, beside the model. */
export interface GraphOptions {
  precision: Precision;
  /** What prompts are computed with; another one than `precision` takes weights of its own. */
  prefillPrecision: Precision;
  /** What embedding and output projection are computed with. */
  outputPrecision: Exclude<Precision, 'int4'>;
  /** Where keys and values are kept: see {@link GRAPH}. */
  cache: 'host' | 'device';
  /** The largest magnitude of an int8 weight. */
  maxWeight: number;
  /** The longest sequence that the graph must take, in tokens. */
  contextLength: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}
