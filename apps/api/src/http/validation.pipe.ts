import { type ArgumentMetadata, Injectable, Logger, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import type { FieldError } from '@frontier/errors';
import type { ValidationError } from 'class-validator';
import { bodyRulesOf } from './body-rules.js';
import { assertBodyShape } from './body-shape.js';
import { invalidRequest } from './http.errors.js';
import { KnownBodies } from './known-bodies.js';
import { memberPointer } from './json-pointer.js';

const OPTIONS: ValidationPipeOptions = {
  transform: true,
  whitelist: true,
  exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error, ''))),
};

/** Checks request bodies against their class: nothing is converted, and unknown fields are refused by name or left out. */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  private readonly logger = new Logger('Validation');
  private readonly lenient = new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: false });

  constructor(private readonly known: KnownBodies) {
    super({ ...OPTIONS, forbidNonWhitelisted: true });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return super.transform(value, metadata);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidRequest([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    const checked = this.known.valid(value, metadata.metatype);
    if (checked !== undefined) return checked;
    const rules = bodyRulesOf(metadata.metatype);
    assertBodyShape(value, rules);
    const isStrict = rules.unknownFields === 'refused';
    const valid: unknown = await (isStrict
      ? super.transform(value, metadata)
      : this.lenient.transform(value, metadata));
    if (!isStrict) this.tellIgnored(value, valid as object);
    this.known.remember(value, metadata.metatype, valid);
    return valid;
  }

  private tellIgnored(given: object, valid: object): void {
    const ignored = Object.keys(given).filter((field) => !(field in valid));
    if (ignored.length > 0) this.logger.debug(`Ignored fields: ${ignored.slice(0, 20).join(', ').slice(0, 500)}`);
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
