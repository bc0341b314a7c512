import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { isContradiction } from './contradiction.js';
import { negationOf } from './negation.js';
import { ExclusiveOption } from './exclusive-option.js';
import { type Expander, NOTHING } from './expansion.js';
import type { ObjectPart, SchemaPart } from '../schema/schema-part.js';

/** Constants that are compared in the time of a step. */
const CONSTANTS_OF_A_STEP = 50;

/**
 * The options of a `oneOf`, each without the values of the others: those that cannot have any in common are left as they are.
 * @throws `invalid_json_schema` where two have some in common, and it cannot be said which
 */
export function exclusiveOptions(part: ObjectPart, options: readonly SchemaPart[], expander: Expander): SchemaPart[][] {
  // Its own keywords hold for all options, and not what it has other options of.
  const own = expander.parts.inside(part, withoutApplicators(part), 'oneOf');
  const all = options.map((option) => new ExclusiveOption(option, own, expander));
  let compared = 0;
  const overlapping = all.map((option, i) =>
    all.flatMap((other, k) => {
      if (i === k) return [];
      compared += option.weight;
      if (compared >= CONSTANTS_OF_A_STEP) expander.size.addSteps(Math.floor(compared / CONSTANTS_OF_A_STEP));
      compared %= CONSTANTS_OF_A_STEP;
      if (option.isApartFrom(other)) return [];
      expander.size.addSteps(4);
      const both = expander.expand(NOTHING, [own, ...option.parts, other.option]);
      return isContradiction(both, expander) ? [] : [other.option];
    }),
  );
  return all.flatMap((option, i) => {
    let found: SchemaPart[][] = [[...option.parts]];
    for (const other of overlapping[i]) {
      const { options: negated, obstacle } = negationOf(other, expander);
      if (obstacle)
        throw invalidJsonSchema(
          `${part.pointer}/oneOf/${i}`,
          `a value may be valid for it and for another schema of the "oneOf", which has ${obstacle}; let them differ in a type, a constant or a required property, or use "anyOf"`,
        );
      expander.size.addSteps(found.length * negated.length);
      found = found.flatMap((parts) => negated.map((each) => [...parts, each]));
    }
    return found.filter((parts) => !isContradiction(expander.expand(NOTHING, [own, ...parts]), expander));
  });
}

function withoutApplicators({ schema }: ObjectPart): object {
  return Object.fromEntries(
    Object.entries(schema).filter(
      ([keyword]) => !/^(\$ref|allOf|anyOf|oneOf|not|if|dependen.*|\$id|id)$/.test(keyword),
    ),
  );
}
