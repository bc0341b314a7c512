import { EXCLUDED, NOT_PATTERN } from '../schema/json-schema.js';
import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import type { SchemaTexts } from '../keywords/schema-texts.js';
import type { SchemaDocument } from '../schema/schema-document.js';
import { APPLICATORS, assertSupported, isConstraint } from '../schema/schema-keywords.js';
import { isObjectPart, type ObjectPart, type SchemaPart, type SchemaParts } from '../schema/schema-part.js';
import type { SchemaSize } from '../schema/schema-size.js';
import type { Refusal } from '../shapes/shape.js';
import { branchesOf } from './branches.js';
import type { Branch, Expander, Expansion } from './expansion.js';

/** References that lead to a place, one within the other. */
const MAX_REFERENCES = 64;
/** Schemas of an `allOf`. */
const MAX_LIST = 1000;

/** A part, and the parts that led to it for the same value. */
interface OpenPart {
  part: SchemaPart;
  references: number;
  before?: OpenPart;
}

/** Gathers the schemas that a value must all be valid for. */
export class SchemaExpander implements Expander {
  private readonly branches = new Map<SchemaPart, readonly Branch[]>();

  constructor(
    readonly document: SchemaDocument,
    readonly parts: SchemaParts,
    readonly size: SchemaSize,
    readonly texts: SchemaTexts,
  ) {}

  expand(base: Expansion, added: readonly SchemaPart[], references = 0): Expansion {
    this.size.addSteps(base.locals.length / 4);
    const locals = new Map(base.locals.map((part) => [part.id, part]));
    const branches = new Map(base.branches.map((branch) => [branch.key, branch]));
    let { reference, refusal } = base;
    let most = Math.max(base.references, references);
    const open: OpenPart[] = added.map((part) => ({ part, references }));
    const seen = new Set<SchemaPart>();
    // An array goes on to what is added to it meanwhile.
    for (const at of open) {
      const { part } = at;
      this.size.addSteps(1);
      if (!isObjectPart(part)) {
        if (!part.schema) refusal ??= { pointer: part.pointer, detail: 'no value is valid here' };
        continue;
      }
      if (seen.has(part)) {
        if (leadsTo(at.before, part)) refusal ??= requiresItself(part);
        continue;
      }
      seen.add(part);
      if (hasConstraints(part)) locals.set(part.id, part);
      for (const branch of this.branchesOf(part)) {
        if (branch.isPlain && branch.options.length === 1)
          open.push(...branch.options[0].map((inner) => within(at, inner)));
        else branches.set(branch.key, branch);
      }
      if ('allOf' in part.schema)
        open.push(...this.parts.listOf(part, 'allOf', MAX_LIST).map((inner) => within(at, inner)));
      if (!('$ref' in part.schema)) continue;
      const count = at.references + 1;
      if (count > MAX_REFERENCES)
        throw invalidJsonSchema(
          `${part.pointer}/$ref`,
          `more than ${MAX_REFERENCES} references lead here, one within the other`,
        );
      most = Math.max(most, count);
      reference ??= part.schema.$ref as string;
      const { schema, pointer, resource } = this.document.resolve(part);
      open.push({ part: this.parts.of(schema, pointer, resource), references: count, before: at });
    }
    return { locals: [...locals.values()], branches: [...branches.values()], reference, references: most, refusal };
  }

  private branchesOf(part: ObjectPart): readonly Branch[] {
    let known = this.branches.get(part);
    if (!known) {
      assertSupported(part.schema, part.pointer, this.document.isDraft3);
      this.branches.set(part, (known = branchesOf(part, this)));
    }
    return known;
  }
}

function within(before: OpenPart, part: SchemaPart): OpenPart {
  return { part, references: before.references, before };
}

function leadsTo(from: OpenPart | undefined, part: SchemaPart): boolean {
  for (let at = from; at; at = at.before) if (at.part === part) return true;
  return false;
}

function requiresItself({ pointer }: SchemaPart): Refusal {
  return { pointer: '', detail: `"#${pointer}" requires itself, so that no value of it ends` };
}

function hasConstraints({ schema }: ObjectPart): boolean {
  return (
    EXCLUDED in schema ||
    NOT_PATTERN in schema ||
    Object.keys(schema).some((keyword) => isConstraint(keyword) && !APPLICATORS.has(keyword))
  );
}
