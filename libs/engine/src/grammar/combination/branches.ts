import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { dependenciesOf } from './dependencies.js';
import { exclusiveOptions } from './exclusive-options.js';
import { negationOf } from './negation.js';
import type { Branch, Expander } from './expansion.js';
import type { ObjectPart, SchemaPart } from '../schema/schema-part.js';

/** Options of an `anyOf` or a `oneOf`. */
const MAX_OPTIONS = 1000;

/** The alternatives in a schema, whichever keywords say so. */
export function branchesOf(part: ObjectPart, expander: Expander): Branch[] {
  const { schema } = part;
  const { parts } = expander;
  const branches: Branch[] = [];
  if ('anyOf' in schema) {
    const options = parts.listOf(part, 'anyOf', MAX_OPTIONS).map((option) => [option]);
    branches.push(new LazyBranch(part, 'anyOf', () => options, true));
  }
  if ('oneOf' in schema) {
    const options = parts.listOf(part, 'oneOf', MAX_OPTIONS);
    branches.push(new LazyBranch(part, 'oneOf', () => exclusiveOptions(part, options, expander)));
  }
  if ('not' in schema) branches.push(new LazyBranch(part, 'not', () => negatedOptions(part, 'not', expander)));
  if ('if' in schema && ('then' in schema || 'else' in schema))
    branches.push(new LazyBranch(part, 'if', () => conditionalOptions(part, expander)));
  for (const { name, options } of dependenciesOf(part, parts)) branches.push(new LazyBranch(part, name, () => options));
  return branches;
}

class LazyBranch implements Branch {
  readonly key: string;
  readonly pointer: string;
  private made: readonly (readonly SchemaPart[])[] | undefined;

  constructor(
    part: ObjectPart,
    keyword: string,
    private readonly make: () => readonly (readonly SchemaPart[])[],
    readonly isPlain = false,
  ) {
    this.key = `${part.id}/${keyword}`;
    this.pointer = `${part.pointer}/${keyword}`;
  }

  /** @throws `invalid_json_schema` where an alternative cannot be written as what is valid */
  get options(): readonly (readonly SchemaPart[])[] {
    return (this.made ??= this.make());
  }
}

function conditionalOptions(part: ObjectPart, expander: Expander): SchemaPart[][] {
  const { schema } = part;
  const inside = (keyword: string): SchemaPart[] =>
    keyword in schema ? [expander.parts.inside(part, schema[keyword], keyword)] : [];
  return [
    [...inside('if'), ...inside('then')],
    ...negatedOptions(part, 'if', expander).map((negated) => [...negated, ...inside('else')]),
  ];
}

/** What is not valid for the schema of a keyword. */
function negatedOptions(part: ObjectPart, keyword: string, expander: Expander): SchemaPart[][] {
  const inner = expander.parts.inside(part, part.schema[keyword], keyword);
  const { options, obstacle } = negationOf(inner, expander);
  if (!obstacle) return options.map((option) => [option]);
  throw invalidJsonSchema(`${part.pointer}/${keyword}`, `"${keyword}" of a schema with ${obstacle} is not supported`);
}
