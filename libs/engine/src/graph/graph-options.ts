import type { Precision } from './quantization/precision.js';

/** Inputs of a graph beside the model. */
export interface GraphOptions {
  precision: Precision;
  /** The precision of prompts; another one than `precision` takes weights of its own. */
  prefillPrecision: Precision;
  /** The precision of embedding and output projection. */
  outputPrecision: Exclude<Precision, 'int4'>;
  /** The location of keys and values: see {@link GRAPH}. */
  cache: 'host' | 'device';
  /** The kernels of attention: those of CPU and WebGPU, or none but products and a softmax, with the cache in host memory. */
  attention: 'fused' | 'basic';
  /** The largest magnitude of an int8 weight. */
  maxWeight: number;
  /** The longest sequence that the graph must take, in tokens. */
  contextLength: number;
  /** True if the residual stream is rotated, so that the elements of a normalised vector are about normally distributed. */
  isRotated: boolean;
  /** True if a pass may compute some stages of the model, and another one the next: with the cache in host memory. */
  isStaged: boolean;
  /** True if each stage is made twice, for prompts and for decode passes: where most of their weights have two forms. */
  isApart: boolean;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}
