import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

/** Checks responses against the OpenAPI document of their server. */
export class OpenApiContract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { pattern: RegExp; operations: Record<string, Operation> }[];
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(document: Document) {
    this.ajv.addSchema({ $id: 'openapi', components: closed(document.components) });
    this.routes = Object.entries(document.paths).map(([path, operations]) => ({
      pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}|\*/g, '[^/]+')}$`),
      operations,
    }));
  }

  /** The schema of the document with this name. */
  schema(name: string): ValidateFunction {
    return this.validator({ $ref: `#/components/schemas/${name}` });
  }

  /** @throws where the document does not know the status or type of the response, or its body is not of the schema */
  async check(method: string, path: string, response: Response): Promise<void> {
    const operation = this.routes.find(({ pattern }) => pattern.test(path))?.operations[method.toLowerCase()];
    if (!operation) return;
    const what = `${method} ${path} answered ${response.status}`;
    const declared = operation.responses[response.status];
    if (!declared) throw new Error(`${what}, which the OpenAPI document does not know.`);
    const type = response.headers.get('content-type')?.split(';')[0];
    if (!type || !declared.content) return;
    const content = declared.content[type];
    if (!content)
      throw new Error(`${what} with ${type}; the OpenAPI document knows ${Object.keys(declared.content).join()}.`);
    if (!content.schema || !type.endsWith('json')) return;
    const body: unknown = await response.clone().json();
    const validate = this.validator(content.schema);
    if (!validate(body))
      throw new Error(`${what} with ${JSON.stringify(body)}: ${this.ajv.errorsText(validate.errors)}`);
  }

  private validator(schema: object): ValidateFunction {
    const key = JSON.stringify(schema).replaceAll('#/components', 'openapi#/components');
    const known = this.validators.get(schema);
    if (known) return known;
    const validate = this.ajv.compile(JSON.parse(key) as object);
    this.validators.set(schema, validate);
    return validate;
  }
}

/** Objects with fields of their own have no others: a response must not have fields that the document does not. */
function closed<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed) as T;
  const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member)]));
  if (copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy as T;
}
