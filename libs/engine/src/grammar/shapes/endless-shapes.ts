import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { Shape } from './shape.js';

/**
 * Marks the shapes of which no value ends, because each requires another one for ever: an output would never be complete.
 * @throws `invalid_json_schema` where the root is one, naming the reference that comes back to itself
 */
export function markEndless(root: Shape): void {
  const usersOf = new Map<Shape, Shape[]>([[root, []]]);
  /** Parts of a shape that must still be shown to end before the shape is. */
  const missing = new Map<Shape, number>();
  const ending: Shape[] = [];
  // A map goes on to what is added to it meanwhile.
  for (const shape of usersOf.keys()) {
    for (const part of partsOf(shape)) if (!usersOf.has(part)) usersOf.set(part, []);
    const needed = neededBy(shape);
    for (const part of needed) usersOf.get(part)!.push(shape);
    missing.set(shape, shape.kind === 'choice' ? 1 : needed.size);
    if (missing.get(shape) === 0) ending.push(shape);
  }
  for (let shape = ending.pop(); shape; shape = ending.pop()) {
    for (const user of usersOf.get(shape)!) {
      const left = missing.get(user)! - 1;
      missing.set(user, left);
      if (left === 0) ending.push(user);
    }
  }
  for (const [shape, left] of missing) shape.isEndless = left > 0;
  if (root.isEndless) throw invalidJsonSchema('', `"${loopFrom(root)}" requires itself, so that no value of it ends`);
}

/** The shapes within a shape. */
function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case 'choice':
      return shape.options;
    case 'list':
      return [shape.items];
    case 'dictionary':
      return [shape.value];
    case 'object':
      return shape.properties.map((property) => property.shape);
    default:
      return [];
  }
}

/** The parts that a value holds: all of them, and one where it is a choice. */
function neededBy(shape: Shape): ReadonlySet<Shape> {
  switch (shape.kind) {
    case 'choice':
      return new Set(shape.options);
    case 'list':
      return new Set(shape.min > 0 ? [shape.items] : []);
    case 'object':
      return new Set(shape.properties.filter(({ isRequired }) => isRequired).map((property) => property.shape));
    default:
      return new Set();
  }
}

/** A reference on the way from an endless shape that comes back to itself: every loop has one. */
function loopFrom(root: Shape): string {
  const seen = new Set<Shape>();
  let shape = root;
  while (shape.kind !== 'choice' || shape.reference === undefined || !seen.has(shape)) {
    seen.add(shape);
    shape = [...neededBy(shape)].find(({ isEndless }) => isEndless)!;
  }
  return shape.reference;
}
