import { constantsOf } from '../keywords/constants.js';
import { objectFacts } from '../keywords/object-facts.js';
import { declaredTypes, impliedTypes, typesOf } from '../keywords/type-facts.js';
import { canonicalJson, type JsonType } from '../schema/json-schema.js';
import type { ObjectPart, SchemaPart } from '../schema/schema-part.js';
import { type Expander, NOTHING } from './expansion.js';

/** An option of a `oneOf`, and what tells it from others at a glance: its types, and constants of its required properties. */
export class ExclusiveOption {
  /** Its schemas: with the types that its keywords imply, where it declares none. */
  readonly parts: readonly SchemaPart[];
  private readonly declared: readonly JsonType[] | undefined;
  private readonly types: readonly JsonType[];
  private readonly constants: ReadonlyMap<string, ReadonlySet<string>>;

  /** @param own what holds for all options */
  constructor(
    readonly option: SchemaPart,
    own: SchemaPart,
    expander: Expander,
  ) {
    const { locals } = expander.expand(NOTHING, [own, option]);
    this.declared = declaredTypes(locals);
    this.types = typesOf(locals);
    const implied = this.declared ? [] : impliedTypes(locals);
    this.parts = implied.length > 0 ? [option, expander.parts.inside(option, { type: implied }, 'type')] : [option];
    this.constants = constantsOfProperties(locals, expander);
  }

  /** Constants that are looked at to compare it with another one, and one more. */
  get weight(): number {
    let weight = 1;
    for (const values of this.constants.values()) weight += values.size;
    return weight;
  }

  /** True if none of its values is valid for another option, beyond doubt. */
  isApartFrom({ declared, constants }: ExclusiveOption): boolean {
    const names = new Set(declared?.map(withoutInteger));
    if (declared && !this.types.some((type) => names.has(withoutInteger(type)))) return true;
    if (this.types.length > 1 || this.types[0] !== 'object') return false;
    for (const [name, values] of this.constants) {
      const others = constants.get(name);
      if (others && ![...values].some((value) => others.has(value))) return true;
    }
    return false;
  }
}

function withoutInteger(type: JsonType): JsonType {
  return type === 'integer' ? 'number' : type;
}

function constantsOfProperties(
  locals: readonly ObjectPart[],
  expander: Expander,
): ReadonlyMap<string, ReadonlySet<string>> {
  const { required, valueOf } = objectFacts(locals, expander.parts, expander.texts);
  const found = new Map<string, ReadonlySet<string>>();
  for (const name of required) {
    expander.size.addSteps(1);
    const value = expander.expand(NOTHING, valueOf(name));
    const constants = constantsOf(value.locals, typesOf(value.locals), expander.texts);
    if (constants) found.set(name, new Set(constants.map(canonicalJson)));
  }
  return found;
}
