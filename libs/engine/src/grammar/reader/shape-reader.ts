import type { Expander } from '../combination/expansion.js';
import type { SchemaPart } from '../schema/schema-part.js';
import { ChoiceShape, type Refusal, type Shape } from '../shapes/shape.js';

/** The place of a schema in its document. */
export interface Place {
  pointer: string;
  /** Schemas around it, from the root or the target of a reference on. */
  depth: number;
  references: number;
}

/** Reads schemas that hold at one place. */
export interface ShapeReader {
  readonly expander: Expander;

  shape(parts: readonly SchemaPart[], place: Place): Shape;
  /** The shape of an identity; the first one that is made is used for all. */
  known(identity: readonly unknown[], make: () => Shape): Shape;
  constants(values: readonly unknown[], pointer: string): Shape;
}

/** A shape of no value. */
export function never(pointer: string, detail: string): ChoiceShape {
  return new ChoiceShape(pointer, undefined, { pointer, detail });
}

export function isNever(shape: Shape): shape is ChoiceShape & { refusal: Refusal } {
  return shape.kind === 'choice' && shape.refusal !== undefined;
}

export function inside({ pointer, depth, references }: Place, part?: SchemaPart): Place {
  return { pointer: part?.pointer ?? pointer, depth: depth + 1, references };
}
