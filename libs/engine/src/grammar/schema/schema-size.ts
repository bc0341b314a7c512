import { invalidJsonSchema } from '../../errors/json-schema.errors.js';

/** The greatest size of a schema; more would take long to compile. */
const LIMITS = { schemas: 2000, textLength: 100_000, steps: 30_000 } as const;
const BYTES = { schema: 700, character: 2 } as const;

/** Counts what a schema consists of. */
export class SchemaSize {
  private schemas = 0;
  private textLength = 0;
  private steps = 0;

  /** Bytes of the shapes and the nodes that are made of it, about; a test holds them against the heap. */
  get bytes(): number {
    return this.schemas * BYTES.schema + this.textLength * BYTES.character;
  }

  /** @throws `invalid_json_schema` */
  addSchema(): void {
    if (++this.schemas <= LIMITS.schemas) return;
    throw invalidJsonSchema(
      '',
      `it has more than ${LIMITS.schemas} schemas in it, those that are combined counted apart`,
    );
  }

  /**
   * Counts what is looked at to combine schemas.
   * @throws `invalid_json_schema`
   */
  addSteps(count: number): void {
    this.steps += count;
    if (this.steps <= LIMITS.steps) return;
    throw invalidJsonSchema('', `combining its schemas takes more than ${LIMITS.steps} steps`);
  }

  /**
   * Counts a name or a constant, which is kept as it is.
   * @throws `invalid_json_schema`
   */
  addText(text: string, pointer: string): void {
    this.textLength += text.length;
    if (this.textLength <= LIMITS.textLength) return;
    throw invalidJsonSchema(pointer, `names and constants have more than ${LIMITS.textLength} characters together`);
  }
}
