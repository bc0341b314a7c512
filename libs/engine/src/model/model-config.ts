import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../engine.errors.js';
import { readJsonFile } from './json-file.js';

/** The shape of a decoder-only language model, read from a Hugging Face `config.json`. All sizes are in elements. */
export interface ModelConfig {
  architecture: string;
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  intermediateSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  /** The longest sequence, in tokens, that the model was made for. */
  maxPositions: number;
  tieWordEmbeddings: boolean;
  /** Tokens that end a text, from `config.json` and `generation_config.json`. */
  eosTokenIds: number[];
}

const ARCHITECTURES = new Set(['LlamaForCausalLM']);

/**
 * Reads `config.json` and, where there is one, `generation_config.json`.
 * @throws `model_invalid` when a file is missing or a field has no sensible value, naming both.
 * @throws `model_unsupported` when the model needs something that the engine cannot do, naming it.
 */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, 'config.json');
  const raw = readJsonFile(path);
  const field = new ConfigReader(path, raw);

  const architecture = field.architecture();
  if (!ARCHITECTURES.has(architecture)) {
    throw modelUnsupported(
      `${path}: architecture "${architecture}" is not supported; supported are ${[...ARCHITECTURES].join(', ')}.`,
    );
  }
  field.expect('hidden_act', 'silu');
  field.expect('attention_bias', false);
  field.expect('mlp_bias', false);

  const hiddenSize = field.size('hidden_size');
  const heads = field.size('num_attention_heads');
  const kvHeads = field.size('num_key_value_heads', heads);
  const headDim = field.size('head_dim', hiddenSize / heads);
  if (heads % kvHeads !== 0) {
    throw modelInvalid(
      `${path}: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads}).`,
    );
  }
  if (headDim % 2 !== 0) throw modelInvalid(`${path}: head_dim (${headDim}) must be even.`);

  const generationPath = join(folder, 'generation_config.json');
  const generation = existsSync(generationPath) ? readJsonFile(generationPath) : {};
  return {
    architecture,
    vocabSize: field.size('vocab_size'),
    hiddenSize,
    layers: field.size('num_hidden_layers'),
    heads,
    kvHeads,
    headDim,
    intermediateSize: field.size('intermediate_size'),
    rmsNormEps: field.positive('rms_norm_eps', 1e-6),
    ropeTheta: field.ropeTheta(),
    maxPositions: field.size('max_position_embeddings'),
    tieWordEmbeddings: raw.tie_word_embeddings === true,
    eosTokenIds: [...new Set([...tokenIds(raw.eos_token_id), ...tokenIds(generation.eos_token_id)])],
  };
}

function tokenIds(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isInteger(id));
}

class ConfigReader {
  constructor(
    private readonly path: string,
    private readonly raw: Record<string, unknown>,
  ) {}

  architecture(): string {
    const list = this.raw.architectures;
    if (!Array.isArray(list) || typeof list[0] !== 'string') {
      throw modelInvalid(`${this.path}: "architectures" must be a list with the model's architecture.`);
    }
    return list[0];
  }

  size(name: string, fallback?: number): number {
    const value = this.raw[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0) {
      throw modelInvalid(`${this.path}: "${name}" must be a positive integer, not ${JSON.stringify(value)}.`);
    }
    return value;
  }

  positive(name: string, fallback: number): number {
    const value = this.raw[name] ?? fallback;
    if (typeof value !== 'number' || !(value > 0)) {
      throw modelInvalid(`${this.path}: "${name}" must be a positive number, not ${JSON.stringify(value)}.`);
    }
    return value;
  }

  /** Refuses a setting that would change the computation in a way that the graph does not have. */
  expect(name: string, supported: string | boolean): void {
    const value = this.raw[name] ?? supported;
    if (value !== supported) {
      throw modelUnsupported(
        `${this.path}: "${name}": ${JSON.stringify(value)} is not supported; only ${JSON.stringify(supported)} is.`,
      );
    }
  }

  /** `rope_theta`, or its newer place in `rope_parameters`; scaled rotary embeddings are refused. */
  ropeTheta(): number {
    const parameters = (this.raw.rope_parameters ?? this.raw.rope_scaling ?? {}) as Record<string, unknown>;
    const type = parameters.rope_type ?? parameters.type ?? 'default';
    if (type !== 'default') {
      throw modelUnsupported(`${this.path}: rope type ${JSON.stringify(type)} is not supported; only "default" is.`);
    }
    const theta = parameters.rope_theta ?? this.positive('rope_theta', 10_000);
    if (typeof theta !== 'number' || !(theta > 0)) {
      throw modelInvalid(`${this.path}: "rope_theta" must be a positive number, not ${JSON.stringify(theta)}.`);
    }
    return theta;
  }
}
