import { NOTHING } from '../combination/expansion.js';
import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { constantsOf } from '../keywords/constants.js';
import { type ObjectFacts, objectFacts } from '../keywords/object-facts.js';
import { isOnlyLength } from '../keywords/schema-texts.js';
import { type TextFacts, textFacts } from '../keywords/text-facts.js';
import { typesOf } from '../keywords/type-facts.js';
import type { ObjectPart, SchemaPart } from '../schema/schema-part.js';
import { ObjectShape, type OtherProperties, PatternShape, type Property, type Shape } from '../shapes/shape.js';
import { inside, isNever, never, type Place, type ShapeReader } from './shape-reader.js';
import { textShape } from './text-shape.js';

/** Characters of names that other names are kept apart from. */
const MAX_TAKEN_LENGTH = 2000;

/** What names of properties are valid. */
interface NameRules {
  facts: TextFacts;
  /** The only ones, where they are named. */
  list?: readonly string[];
  allows(name: string): boolean;
}

/** Objects that are valid for all schemas. */
export function objectShape(locals: readonly ObjectPart[], place: Place, reader: ShapeReader): Shape {
  const { pointer } = place;
  const { parts, size, texts } = reader.expander;
  const facts = objectFacts(locals, parts, texts);
  const { counts, required } = facts;
  size.addSteps((facts.names.length + facts.patterns.size) * locals.length);
  if (counts.min > counts.max) return never(`${pointer}/minProperties`, 'it is more than maxProperties');
  if (required.size > counts.max) return never(`${pointer}/maxProperties`, 'more properties are required');
  const rules = nameRules(facts, reader);
  const members: Property[] = [];
  for (const name of new Set([...facts.names, ...(rules.list ?? [])])) {
    const isRequired = required.has(name);
    const value = rules.allows(name) ? facts.valueOf(name) : [parts.of(false, pointer, {})];
    const shape = reader.shape(value, inside(place, value.at(0)));
    if (isNever(shape)) {
      if (!isRequired) continue;
      return facts.isNamed(name) ? shape : never(`${pointer}/required`, `"${name}" is required, but not allowed`);
    }
    size.addText(name, pointer);
    members.push({ key: JSON.stringify(name), isRequired, shape });
  }
  const others = rules.list ? [] : otherProperties(facts, rules, place, reader);
  assertEnough(members.length + Math.min(1, others.length), facts, locals);
  const identity = [
    members.map(({ key, isRequired, shape }) => [key, isRequired, shape.id]),
    others.map(({ names, shape }) => [names.id, shape.id]),
    [counts.min, String(counts.max)],
  ];
  return reader.known(['object', ...identity], () => new ObjectShape(pointer, members, others, counts));
}

/** Others may all have one name, so they are one more than those that are named. */
function assertEnough(count: number, { counts }: ObjectFacts, locals: readonly ObjectPart[]): void {
  if (counts.min <= count) return;
  const { pointer } = locals.find(({ schema }) => 'minProperties' in schema)!;
  throw invalidJsonSchema(
    `${pointer}/minProperties`,
    `more than ${count} properties are not written here; only those that are named are counted`,
  );
}

function nameRules({ propertyNames }: ObjectFacts, { expander }: ShapeReader): NameRules {
  const { locals, branches, refusal } = expander.expand(NOTHING, propertyNames);
  if (branches.length > 0)
    throw invalidJsonSchema(branches[0].pointer, 'alternatives for the names of properties are not supported');
  const facts = textFacts(locals);
  const types = typesOf(locals);
  const values = constantsOf(locals, ['string'], expander.texts);
  const list = refusal || !types.includes('string') ? [] : values?.filter((value) => typeof value === 'string');
  return {
    facts,
    list,
    allows: (name) => (list ? list.includes(name) : expander.texts.allows(name, facts)),
  };
}

/**
 * Properties that are not named: where a schema says what they are, or no property is named. Beside named ones, any others are
 * not written.
 */
function otherProperties(
  facts: ObjectFacts,
  rules: NameRules,
  place: Place,
  reader: ShapeReader,
): readonly OtherProperties[] {
  const { names, patterns, hasOthers, otherValue } = facts;
  const { texts } = reader.expander;
  const matchesAny = (name: string): boolean =>
    [...patterns].some(([source, at]) => texts.pattern(source, at).matches(name));
  const matching = patterns.size > 0 ? names.filter(matchesAny) : [];
  const lengthOf = (list: readonly string[]): number => list.reduce((sum, name) => sum + name.length, 0);
  const length = lengthOf(names);
  // Where they take too much room, such properties are not written.
  const mayBeFree = hasOthers && length <= MAX_TAKEN_LENGTH && texts.hasRoomFor(length);
  const hasFree = mayBeFree || (names.length === 0 && patterns.size === 0);
  if (patterns.size === 0 && !hasFree) return [];
  const taken = hasFree ? names : matching;
  if (lengthOf(taken) > MAX_TAKEN_LENGTH)
    throw invalidJsonSchema(
      `${place.pointer}/patternProperties`,
      `names that it matches have more than ${MAX_TAKEN_LENGTH} characters`,
    );
  const shapeOf = (value: readonly SchemaPart[]): Shape => reader.shape(value, inside(place, value.at(0)));
  if (patterns.size === 0 && taken.length === 0 && isOnlyLength(rules.facts)) {
    const shape = shapeOf(otherValue(() => false));
    const allNames = textShape(rules.facts, place.pointer, reader);
    return isNever(shape) || isNever(allNames) ? [] : [{ names: allNames as OtherProperties['names'], shape }];
  }
  return texts.namesBy(patterns, taken, rules.facts).flatMap(({ texts: set, matches }) => {
    const isFree = ![...patterns.keys()].some(matches);
    if ((isFree && !hasFree) || set.isEmpty) return [];
    const shape = shapeOf(otherValue(matches));
    return isNever(shape) ? [] : [{ names: new PatternShape(place.pointer, set), shape }];
  });
}
