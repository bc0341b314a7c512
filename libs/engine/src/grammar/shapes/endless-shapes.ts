import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { Shape } from './shape.js';

/** The parts that a value holds: all of some, and of others so many. */
interface NeededParts {
  all: readonly Shape[];
  some: readonly Shape[];
  count: number;
}

/** A part of a shape, and whether the shape needs it or has others in its place. */
interface Use {
  shape: Shape;
  isRequired: boolean;
}

/**
 * Marks the shapes of which no value ends, because each requires another one for ever: an output would never be complete.
 * @throws `invalid_json_schema` where the root is one, naming the reference that comes back to itself
 */
export function markEndless(root: Shape): void {
  const usesOf = new Map<Shape, Use[]>([[root, []]]);
  /** Parts of a shape that must still be shown to end before the shape is. */
  const missing = new Map<Shape, { all: number; some: number }>();
  const ending: Shape[] = [];
  // A map goes on to what is added to it meanwhile.
  for (const shape of usesOf.keys()) {
    for (const part of partsOf(shape)) if (!usesOf.has(part)) usesOf.set(part, []);
    const { all, some, count } = neededBy(shape);
    for (const part of all) usesOf.get(part)!.push({ shape, isRequired: true });
    for (const part of some) usesOf.get(part)!.push({ shape, isRequired: false });
    missing.set(shape, { all: all.length, some: count });
    if (all.length === 0 && count <= 0) ending.push(shape);
  }
  const ended = new Set(ending);
  for (const shape of ended) {
    for (const use of usesOf.get(shape)!) {
      const left = missing.get(use.shape)!;
      if (use.isRequired) left.all--;
      else left.some--;
      if (left.all <= 0 && left.some <= 0) ended.add(use.shape);
    }
  }
  for (const shape of missing.keys()) shape.isEndless = !ended.has(shape);
  if (root.isEndless) throw reasonOf(root);
}

/** The shapes within a shape. */
function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case 'choice':
      return shape.options;
    case 'list':
      return [...shape.first, shape.items];
    case 'object':
      return [...shape.properties, ...shape.others].map((property) => property.shape);
    default:
      return [];
  }
}

function neededBy(shape: Shape): NeededParts {
  switch (shape.kind) {
    case 'choice':
      return { all: [], some: shape.options, count: 1 };
    case 'list': {
      const { first, items, counts } = shape;
      return {
        all: [...first.slice(0, counts.min), ...(counts.min > first.length ? [items] : [])],
        some: [],
        count: 0,
      };
    }
    case 'object': {
      const required = shape.properties.filter(({ isRequired }) => isRequired);
      const optional = shape.properties.filter(({ isRequired }) => !isRequired);
      // All others together may be one name.
      const count = shape.counts.min - required.length;
      const others = count === 1 || shape.others.length === 1 ? shape.others : [];
      return { all: required.map(shapeOf), some: [...optional, ...others].map(shapeOf), count };
    }
    default:
      return { all: [], some: [], count: 0 };
  }
}

function shapeOf({ shape }: { shape: Shape }): Shape {
  return shape;
}

/** Why no value ends: one is invalid, or a reference on the way from it comes back to itself. */
function reasonOf(root: Shape): Error {
  const seen = new Set<Shape>();
  let shape = root;
  while (shape.kind !== 'choice' || shape.reference === undefined || !seen.has(shape)) {
    seen.add(shape);
    const { all, some } = neededBy(shape);
    const next = [...all, ...some].find(({ isEndless }) => isEndless);
    if (shape.kind === 'choice' && shape.refusal) return invalidJsonSchema(shape.refusal.pointer, shape.refusal.detail);
    if (!next) return invalidJsonSchema(shape.pointer, 'it has too few properties that end');
    shape = next;
  }
  return invalidJsonSchema('', `"${shape.reference}" requires itself, so that no value of it ends`);
}
