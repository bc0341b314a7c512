import type { JsonType } from '../schema/json-schema.js';
import { constantsOf } from '../keywords/constants.js';
import { listFacts } from '../keywords/list-facts.js';
import { hasNoNumber, numberFacts } from '../keywords/number-facts.js';
import { objectFacts } from '../keywords/object-facts.js';
import { countsOf } from '../keywords/text-facts.js';
import { ALL_TYPES, declaredTypes } from '../keywords/type-facts.js';
import type { SchemaPart } from '../schema/schema-part.js';
import { type Expander, type Expansion, NOTHING } from './expansion.js';

/** Properties and items within each other, and alternatives, that are looked into. */
const MAX_DEPTH = 3;

/** True where no value is valid for all schemas beyond doubt; what takes long to find is not looked for. */
export function isContradiction(expansion: Expansion, expander: Expander, depth = 0): boolean {
  const { locals, branches, refusal } = expansion;
  if (refusal) return true;
  expander.size.addSteps(locals.length + 1);
  // What keywords imply is no more than a habit: another schema may imply further ones.
  const types = declaredTypes(locals) ?? ALL_TYPES;
  if (types.length === 0) return true;
  const constants = constantsOf(locals, types, expander.texts);
  if (constants) {
    if (constants.length === 0) return true;
  } else if (types.every((type) => hasNone(type, expansion, expander, depth))) return true;
  if (depth >= MAX_DEPTH) return false;
  return branches.some(
    (branch) =>
      branch.isPlain &&
      branch.options.every((option) =>
        isContradiction(expander.expand({ ...expansion, branches: [] }, option), expander, depth + 1),
      ),
  );
}

/** True where no value of a type is valid. */
function hasNone(type: JsonType, { locals }: Expansion, expander: Expander, depth: number): boolean {
  const isNone = (parts: readonly SchemaPart[]): boolean =>
    depth < MAX_DEPTH && isContradiction(expander.expand(NOTHING, parts), expander, depth + 1);
  switch (type) {
    case 'object': {
      const { counts, required, valueOf } = objectFacts(locals, expander.parts, expander.texts);
      if (counts.min > counts.max || required.size > counts.max) return true;
      expander.size.addSteps(required.size * locals.length);
      return [...required].some((name) => isNone(valueOf(name)));
    }
    case 'array': {
      const { counts, first, items } = listFacts(locals, expander.parts);
      if (counts.min > counts.max) return true;
      const needed = [...first.slice(0, counts.min), ...(counts.min > first.length ? [items] : [])];
      return needed.some(isNone);
    }
    case 'string': {
      const { min, max } = countsOf(locals, 'minLength', 'maxLength');
      return min > max;
    }
    case 'number':
    case 'integer':
      return hasNoNumber(numberFacts(locals), type === 'integer');
    default:
      return false;
  }
}
