import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { FieldError } from '@frontier/errors';
import type { ValidationError } from 'class-validator';
import { assertBodyShape } from './body-shape.js';
import { invalidRequest } from './http.errors.js';
import { KnownBodies } from './known-bodies.js';
import { memberPointer } from './json-pointer.js';

/** Checks request bodies against their class: unknown fields are refused by name, and nothing is converted. */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  constructor(private readonly known: KnownBodies) {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error, ''))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return super.transform(value, metadata);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidRequest([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    const checked = this.known.valid(value, metadata.metatype);
    if (checked !== undefined) return checked;
    assertBodyShape(value);
    const valid: unknown = await super.transform(value, metadata);
    this.known.remember(value, metadata.metatype, valid);
    return valid;
  }
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = memberPointer(parent, error.property);
  // Of several, the last is that of the topmost decorator, which tells the type.
  const own = Object.entries(error.constraints ?? {})
    .slice(-1)
    .map(([constraint, detail]) => ({
      pointer,
      detail: constraint === 'whitelistValidation' ? `"${error.property}" is not a known field` : detail,
    }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}
