import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * The document in OpenAPI 3.1, whose schemas are JSON Schema 2020-12 (https://spec.openapis.org/oas/v3.1.1). The generator writes
 * 3.0, where `nullable` means nothing beside a reference and a bound cannot be exclusive by itself; and it knows one type
 * for all responses, while problem documents have their own (RFC 9457).
 */
export function toOpenApi31(document: OpenAPIObject): OpenAPIObject {
  const converted = convert(document) as OpenAPIObject;
  for (const path of Object.values(converted.paths) as Record<string, Operation>[]) {
    for (const operation of Object.values(path)) {
      for (const response of Object.values(operation.responses)) nameProblems(response);
      operation.security ??= [];
    }
  }
  return { ...converted, openapi: '3.1.0' };
}

interface Operation {
  /** None: the route is open. */
  security?: object[];
  responses: Record<string, { content?: Record<string, { schema?: { $ref?: string } }> }>;
}

function nameProblems(response: Operation['responses'][string]): void {
  const json = response.content?.['application/json'];
  if (json?.schema?.$ref === '#/components/schemas/Problem') response.content = { 'application/problem+json': json };
}

function convert(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(convert);
  const { nullable, exclusiveMinimum, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, convert(member)]));
  if (exclusiveMinimum === true) {
    schema.exclusiveMinimum = schema.minimum;
    delete schema.minimum;
  } else if (exclusiveMinimum !== undefined) schema.exclusiveMinimum = exclusiveMinimum;
  return nullable === true ? orNull(schema) : schema;
}

function orNull({ type, allOf, oneOf, ...schema }: Record<string, unknown>): object {
  if (typeof type === 'string') {
    const values = Array.isArray(schema.enum) ? { enum: [...new Set([...(schema.enum as unknown[]), null])] } : {};
    return { ...schema, ...values, type: [type, 'null'], ...(oneOf ? { oneOf } : {}) };
  }
  const options = (oneOf ?? allOf) as object[] | undefined;
  return options ? { ...schema, oneOf: [...options, { type: 'null' }] } : schema;
}
