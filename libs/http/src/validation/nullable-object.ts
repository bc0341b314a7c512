import type { Type } from '@nestjs/common';
import { type ApiPropertyOptions, getSchemaPath } from '@nestjs/swagger';

/** Documents a field that is an object of a class, which its controller names by `@ApiExtraModels`, or null. */
export function nullableObject(type: Type, description: string): ApiPropertyOptions {
  return { description, nullable: true, allOf: [{ $ref: getSchemaPath(type) }] };
}
