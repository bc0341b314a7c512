import type { EncoderModelInfo } from '@frontier/engine';
import { settingUnsupported } from './encoder.errors.js';

/** The form in which a request wants its vectors. */
export interface VectorForm {
  /** Numbers of a vector, for models whose vectors may be cut; default: all. */
  dimensions?: number;
  /** Whether vectors have the length 1; default: as the model makes them. */
  normalize?: boolean;
}

/**
 * Proves that a model has vectors of a form.
 * @throws `invalid_request`
 */
export function assertForm(
  { outputSize, matryoshka, isNormalized }: Pick<EncoderModelInfo, 'outputSize' | 'matryoshka' | 'isNormalized'>,
  { dimensions, normalize }: VectorForm,
): void {
  if (normalize === false && isNormalized) {
    throw settingUnsupported("This model's vectors have the length 1: leave out normalize, or set it to true.");
  }
  if (dimensions === undefined || dimensions === outputSize) return;
  if (!matryoshka) {
    throw settingUnsupported(
      `This model's vectors have ${outputSize} dimensions and cannot be cut: it was not trained for that. Leave out dimensions.`,
    );
  }
  const isKnown = matryoshka === 'any' ? dimensions < outputSize : matryoshka.includes(dimensions);
  if (isKnown) return;
  const sizes = matryoshka === 'any' ? `1 to ${outputSize}` : [...matryoshka, outputSize].join(', ');
  throw settingUnsupported(`This model has vectors of these dimensions: ${sizes}.`);
}

/** A vector in a form that the model has: cut, then normalized again (Matryoshka representation learning, arXiv 2205.13147). */
export function formed(vector: Float32Array, { dimensions, normalize }: VectorForm): Float32Array {
  const isCut = dimensions !== undefined && dimensions < vector.length;
  if (!isCut && !normalize) return vector;
  return normalized(isCut ? vector.slice(0, dimensions) : vector);
}

/** The vector of length 1 in the same direction; a vector of zeros as it is. */
function normalized(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** The cosine of the angle between two vectors; 0 where one has no direction. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : dot(a, b) / lengths;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
