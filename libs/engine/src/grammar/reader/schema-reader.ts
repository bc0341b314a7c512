import { isContradiction } from '../combination/contradiction.js';
import { type Expansion, keyOf, NOTHING } from '../combination/expansion.js';
import { SchemaExpander } from '../combination/schema-expansion.js';
import { invalidJsonSchema } from '../../errors/json-schema.errors.js';
import { constantsOf } from '../keywords/constants.js';
import { SchemaTexts } from '../keywords/schema-texts.js';
import { typesOf } from '../keywords/type-facts.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { SchemaDocument } from '../schema/schema-document.js';
import { type SchemaPart, SchemaParts } from '../schema/schema-part.js';
import { SchemaSize } from '../schema/schema-size.js';
import { ANY } from '../shapes/any-shape.js';
import { mergedOptions } from '../shapes/choice-options.js';
import { ChoiceShape, ConstantsShape, type Shape } from '../shapes/shape.js';
import { never, type Place, type ShapeReader } from './shape-reader.js';
import { shapeOfType } from './typed-shapes.js';

/** The greatest depth of a schema, from the root or the target of a reference on. */
const MAX_DEPTH = 64;

/** Combined schemas with a reference among them, which are not yet read. */
interface OpenSchemas {
  choice: ChoiceShape;
  expansion: Expansion;
  pointer: string;
}

/**
 * Reads a schema as shapes. At each place of a value several schemas may hold at once (`allOf`, what stands beside a `$ref`): they
 * are read together. What has references is read later, what fewest references lead to first: so it needs no stack, may be
 * recursive, and what is nested too deep by references is what is so on each way.
 */
export class SchemaReader implements ShapeReader {
  private readonly document: SchemaDocument;
  readonly expander: SchemaExpander;
  private readonly parts: SchemaParts;
  /** By the schemas that hold at a place. */
  private readonly combined = new Map<string, Shape>();
  /** By the references that lead to them. */
  private readonly open: OpenSchemas[][] = [];
  private readonly shapes = new Map<string, Shape>();

  /**
   * @param size of this schema and of those that were read before, where they have bounds together
   * @param texts likewise
   */
  constructor(
    document: JsonSchema,
    private readonly size = new SchemaSize(),
    private readonly texts = new SchemaTexts(),
  ) {
    this.document = new SchemaDocument(document);
    this.parts = new SchemaParts(this.document.isResource);
    this.expander = new SchemaExpander(this.document, this.parts, this.size, this.texts);
  }

  /** Bytes of the shapes and the nodes that are made of them, about. */
  get bytes(): number {
    return this.size.bytes + this.texts.bytes;
  }

  /** @throws `invalid_json_schema` naming the place in the schema */
  read(): Shape {
    const { root } = this.document;
    const part = this.parts.of(root, '', typeof root === 'boolean' ? {} : root);
    const shape = this.shape([part], { pointer: '', depth: 0, references: 0 });
    // Arrays go on to what is added to them meanwhile.
    for (let references = 0; references < this.open.length; references++) {
      for (const { choice, expansion, pointer } of this.open[references] ?? []) {
        choice.options = [this.shapeOf(expansion, { pointer, depth: 0, references })];
      }
    }
    return shape;
  }

  shape(parts: readonly SchemaPart[], place: Place): Shape {
    if (place.depth > MAX_DEPTH) throw invalidJsonSchema(place.pointer, `it is nested deeper than ${MAX_DEPTH}`);
    return this.after(NOTHING, parts, place);
  }

  /** The shape of an identity; the first one that is made is used for all. */
  known(identity: readonly unknown[], make: () => Shape): Shape {
    const key = JSON.stringify(identity);
    let shape = this.shapes.get(key);
    if (!shape) this.shapes.set(key, (shape = make()));
    return shape;
  }

  choice(shapes: readonly Shape[], pointer: string): Shape {
    const options = mergedOptions(
      shapes.filter((shape) => shape.kind !== 'choice' || !shape.refusal),
      pointer,
      (identity, make) => this.known(identity, make),
    );
    if (options.length === 1) return options[0];
    if (options.length === 0) return shapes.at(0) ?? never(pointer, 'no value is valid here');
    return this.known(['choice', options.map(({ id }) => id)], () => {
      const choice = new ChoiceShape(pointer);
      choice.options = options;
      return choice;
    });
  }

  constants(values: readonly unknown[], pointer: string): Shape {
    const texts = values.map((value) => JSON.stringify(value));
    for (const text of texts) this.size.addText(text, pointer);
    if (texts.length === 0) return never(pointer, 'no value of it is valid');
    return this.known(['constants', texts], () => new ConstantsShape(pointer, texts));
  }

  /** What schemas are behind others. */
  private after(base: Expansion, added: readonly SchemaPart[], place: Place): Shape {
    const expansion = this.expander.expand(base, added, place.references);
    const key = keyOf(expansion);
    const known = this.combined.get(key);
    if (known) return known;
    if (expansion.reference === undefined || expansion.refusal) {
      const shape = this.shapeOf(expansion, place);
      this.combined.set(key, shape);
      return shape;
    }
    const choice = new ChoiceShape(place.pointer, expansion.reference);
    this.combined.set(key, choice);
    const { references } = expansion;
    (this.open[references] ??= []).push({
      choice,
      expansion: { ...expansion, reference: undefined },
      pointer: place.pointer,
    });
    return choice;
  }

  private shapeOf(expansion: Expansion, place: Place): Shape {
    const { locals, branches, refusal } = expansion;
    this.size.addSchema();
    if (refusal) return new ChoiceShape(place.pointer, undefined, refusal);
    if (branches.length === 0) return this.plain(expansion, place);
    // What cannot be valid is left out before its other alternatives are looked at.
    if (branches.length > 1 && isContradiction({ ...expansion, branches: [] }, this.expander))
      return never(place.pointer, 'no value is valid here');
    const [{ options, pointer }, ...others] = branches;
    const shapes = options.map((option) => this.after({ ...expansion, locals, branches: others }, option, place));
    return this.choice(shapes, shapes.length === 0 ? pointer : place.pointer);
  }

  private plain({ locals }: Expansion, place: Place): Shape {
    if (locals.length === 0) return ANY;
    this.size.addSteps(locals.length);
    const types = typesOf(locals);
    const { pointer } = locals[0];
    if (types.length === 0) return never(`${pointer}/type`, 'no type is left that is valid');
    const constants = constantsOf(locals, types, this.texts);
    if (constants) {
      const keyword = locals.some(({ schema }) => 'enum' in schema) ? 'enum' : 'const';
      const at = locals.find(({ schema }) => keyword in schema)!;
      return this.constants(constants, `${at.pointer}/${keyword}`);
    }
    return this.choice(
      types.map((type) => shapeOfType(type, locals, { ...place, pointer }, this)),
      pointer,
    );
  }
}
