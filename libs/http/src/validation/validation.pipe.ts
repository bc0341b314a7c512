import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import { validate, type ValidationError, type ValidatorOptions } from 'class-validator';
import type { FieldError } from '@frontier/errors';
import { invalidRequest } from '../errors/http.errors.js';
import { memberPointer } from '../errors/json-pointer.js';
import { instanceOf, unknownFieldErrors } from './body-instance.js';
import { type BodyRules, bodyRulesOf } from './body-rules.js';
import { ValidatedBodyCache } from './validated-body-cache.js';

const OPTIONS: ValidatorOptions = { validationError: { target: false, value: false } };

/** Checks classes without {@link BodyRules} as Nest does: class-transformer makes the instance. */
const plainPipe = new ValidationPipe({
  ...OPTIONS,
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error, ''))),
});

/** Checks request bodies against their class: nothing is converted, and unknown fields are refused by name or left out. */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  constructor(private readonly cache: ValidatedBodyCache) {}

  /** @throws `invalid_request` */
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return plainPipe.transform(value, metadata);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidRequest([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    const metatype = bodyRulesOf(metadata.metatype)?.variantOf?.(value) ?? metadata.metatype;
    const rules = bodyRulesOf(metatype);
    if (!rules) return plainPipe.transform(value, metadata);
    const type = metatype as new () => object;
    if (this.cache.isValid(value, type)) return instanceOf(type, value);
    const valid = await validated(value, type, rules);
    this.cache.remember(value, type);
    return valid;
  }
}

/** Shape first, then values: a value of the wrong shape is never walked. */
async function validated(body: object, type: new () => object, rules: BodyRules): Promise<object> {
  if (rules.unknownFields === 'refused') refuseIfAny(unknownFieldErrors(type, body));
  refuseIfAny(rules.check?.(body) ?? []);
  const instance = instanceOf(type, body);
  const errors = await validate(instance, OPTIONS);
  refuseIfAny(errors.flatMap((error) => fieldErrors(error, '')));
  return instance;
}

function refuseIfAny(errors: FieldError[]): void {
  if (errors.length > 0) throw invalidRequest(errors);
}

function fieldErrors({ property, constraints = {}, children = [] }: ValidationError, parent: string): FieldError[] {
  const pointer = memberPointer(parent, property);
  // Of several, the last is that of the topmost decorator, which names the type.
  const own = Object.entries(constraints)
    .slice(-1)
    .map(([constraint, detail]) => ({
      pointer,
      detail: constraint === 'whitelistValidation' ? `"${property}" is not a known field` : detail,
    }));
  return [...own, ...children.flatMap((child) => fieldErrors(child, pointer))];
}
