import { depthOf } from '../nodes/constants-node.js';
import { PlainOptions } from './plain-options.js';
import type { PlainShape, Shape } from './shape.js';
import { WayCounter } from './way-counter.js';
import { tooManyCombinations, WAY_LIMITS } from './way-limits.js';

/**
 * Bounds the ways in which each place of an output can be understood: an output is followed in all of them at once, so a token
 * takes as long as there are.
 * @throws `invalid_json_schema` naming a place with too many
 */
export function assertFewWays(root: Shape): void {
  if (!hasFewInAll(root)) new WayCounter().count(root);
}

/** True if all shapes of a schema together are few enough for one place, as those of most schemas are. */
function hasFewInAll(root: Shape): boolean {
  let steps = 0;
  const options = new PlainOptions(() => {
    if (++steps > WAY_LIMITS.steps) throw tooManyCombinations();
  });
  const shapes = new Set<PlainShape>(options.of(root));
  let [levels, texts, inLists, inOthers, patterns] = [0, 0, shapes.size, 0, 0];
  const inProperties = new Map<string, number>();
  const waysInto = (shape: Shape): number => {
    const found = options.of(shape);
    for (const option of found) shapes.add(option);
    steps += found.length;
    return found.length;
  };
  // A set goes on to what is added to it meanwhile.
  for (const shape of shapes) {
    if (steps > WAY_LIMITS.steps) throw tooManyCombinations();
    if (shape.kind === 'list') for (const item of [...shape.first, shape.items]) inLists += waysInto(item);
    else if (shape.kind === 'pattern') patterns++;
    else if (shape.kind === 'set') inLists += waysInto(shape.items);
    else if (shape.kind === 'constants') {
      texts += shape.texts.length;
      levels += Math.max(...shape.texts.map(depthOf));
    } else if (shape.kind === 'object') {
      texts += shape.properties.length;
      for (const { key, shape: value } of shape.properties) {
        inProperties.set(key, (inProperties.get(key) ?? 0) + waysInto(value));
      }
      for (const { names, shape: value } of shape.others) {
        inOthers += waysInto(value);
        if (names.kind === 'pattern') patterns++;
      }
    }
  }
  const ways = Math.max(inLists, inOthers + Math.max(0, ...inProperties.values())) + levels;
  return (
    shapes.size + levels <= WAY_LIMITS.shapes &&
    texts <= WAY_LIMITS.texts &&
    ways <= WAY_LIMITS.ways &&
    patterns <= WAY_LIMITS.patterns
  );
}
