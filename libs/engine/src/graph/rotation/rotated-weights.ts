import type { ModelConfig } from '../../model/model-config.js';
import type { Weights } from '../../model/weights.js';
import { EMBEDDING, FINAL_NORM, HEAD } from '../decoder/tensor-names.js';
import { canRotate, rotateColumns, rotateVectors } from './rotate-vectors.js';

/** Projections that read the residual stream, by the normalisation before them. */
const READERS: readonly [RegExp, norm: string][] = [
  [/^(model\.layers\.\d+\.)self_attn\.(q|k|v|qkv)_proj\.weight$/, 'input_layernorm.weight'],
  [/^(model\.layers\.\d+\.)mlp\.(gate|up|gate_up)_proj\.weight$/, 'post_attention_layernorm.weight'],
];
/** Projections whose results are added to the residual stream. */
const WRITERS = /\.(o|down)_proj\.(weight|bias)$/;
const NORMS = /^model\.(layers\.\d+\.(input|post_attention)_layernorm|norm)\.weight$/;

/** A model whose residual stream is rotated; it computes the same. */
interface RotatedModel {
  config: ModelConfig;
  weights: Weights;
  isRotated: boolean;
  /**
   * Makes the matrix, `[hiddenSize, hiddenSize]`, by whose transpose the last normalised vectors are multiplied to be those of the
   * model, where no head does it; `undefined` where nothing is rotated.
   */
  restoring?: () => Float32Array<ArrayBuffer>;
}

/**
 * Rotates the residual stream of a model, whose few large elements would make 8-bit steps of all others coarse, by an orthogonal
 * matrix that spreads them: QuaRot (https://arxiv.org/abs/2404.00456), of which this is the part that costs nothing when the model
 * runs. The matrix is multiplied into the weights, those of normalisations as well, since these commute with it
 * only without weights of their own. Models that normalise the outputs of their blocks, or whose width is not one of whole
 * blocks, stay as they are.
 */
export function rotateResidual(config: ModelConfig, weights: Weights): RotatedModel {
  if (config.blockNorms !== 'input' || !canRotate(config.hiddenSize)) return { config, weights, isRotated: false };
  return {
    // The weights of the last normalisation are in the head, and not in the embedding.
    config: { ...config, tieWordEmbeddings: false },
    weights: new RotatedWeights(weights, config),
    isRotated: true,
    restoring: () => restoringMatrix(weights, config),
  };
}

/** The product that a head which is the identity becomes. */
function restoringMatrix(weights: Weights, { hiddenSize, normOffset }: ModelConfig): Float32Array<ArrayBuffer> {
  const gamma = weights.read(FINAL_NORM, [hiddenSize]);
  const matrix = new Float32Array(hiddenSize * hiddenSize);
  for (let i = 0; i < hiddenSize; i++) matrix[i * (hiddenSize + 1)] = gamma[i] + normOffset;
  rotateVectors(matrix, hiddenSize);
  return matrix;
}

class RotatedWeights implements Weights {
  private readonly gammas = new Map<string, Float32Array>();
  /** The last matrix whose columns were rotated: its rows are read one lot after the other. */
  private columns: { name: string; matrix: Float32Array<ArrayBuffer> } | undefined;

  constructor(
    private readonly weights: Weights,
    private readonly config: ModelConfig,
  ) {
    if (config.tieWordEmbeddings) weights.ignore(HEAD);
  }

  get paths(): readonly string[] {
    return this.weights.paths;
  }

  has(name: string): boolean {
    return this.weights.has(this.storedName(name));
  }

  read(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    if (NORMS.test(name)) {
      this.weights.ignore(name);
      return new Float32Array(shape[0]).fill(1 - this.config.normOffset);
    }
    if (shape.length === 2) return this.readRows(name, [shape[0], shape[1]], 0, shape[0]);
    const values = this.weights.read(name, shape);
    if (!WRITERS.test(name)) return values;
    const bias = values.slice();
    rotateVectors(bias, bias.length);
    return bias;
  }

  readRows(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): Float32Array<ArrayBuffer> {
    if (WRITERS.test(name)) return this.rotatedColumns(name, shape).subarray(from * shape[1], to * shape[1]);
    const norm = normBefore(name);
    if (norm === undefined && name !== EMBEDDING) return this.weights.readRows(name, shape, from, to);
    const gamma = norm === undefined ? undefined : this.gamma(norm);
    const rows = this.weights.readRows(this.storedName(name), shape, from, to);
    if (gamma) multiplyRows(rows, gamma);
    rotateVectors(rows, shape[1]);
    return rows;
  }

  areEqual(name: string, other: string): boolean {
    return this.weights.areEqual(name, other);
  }

  ignore(name: string): void {
    this.weights.ignore(name);
  }

  assertAllRead(): void {
    this.weights.assertAllRead();
  }

  assertUnchanged(): void {
    this.weights.assertUnchanged();
  }

  close(): void {
    this.weights.close();
  }

  /** A tied head is stored as the embedding. */
  private storedName(name: string): string {
    return name === HEAD && this.config.tieWordEmbeddings ? EMBEDDING : name;
  }

  private gamma(norm: string): Float32Array {
    let gamma = this.gammas.get(norm);
    if (!gamma) {
      const { hiddenSize, normOffset } = this.config;
      gamma = this.weights.read(norm, [hiddenSize]).map((weight) => weight + normOffset);
      this.gammas.set(norm, gamma);
    }
    return gamma;
  }

  private rotatedColumns(name: string, shape: readonly [rows: number, columns: number]): Float32Array<ArrayBuffer> {
    if (this.columns?.name !== name) {
      const matrix = this.weights.read(name, shape).slice();
      rotateColumns(matrix, shape[1]);
      this.columns = { name, matrix };
    }
    return this.columns.matrix;
  }
}

function normBefore(name: string): string | undefined {
  if (name === HEAD) return FINAL_NORM;
  for (const [pattern, norm] of READERS) {
    const found = pattern.exec(name);
    if (found) return found[1] + norm;
  }
  return undefined;
}

function multiplyRows(rows: Float32Array, factors: Float32Array): void {
  const { length } = factors;
  for (let row = 0; row < rows.length; row += length) {
    for (let i = 0; i < length; i++) rows[row + i] *= factors[i];
  }
}
