import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import { type FieldError, nearestName } from '@frontier/errors';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { withoutContents } from './as-given.decorator.js';
import { bodyRulesOf } from './body-rules.js';
import { assertBodyShape } from './body-shape.js';
import { invalidRequest } from './http.errors.js';
import { KnownBodies } from './known-bodies.js';
import { memberPointer } from './json-pointer.js';

/** What our parser has let through needs no names taken out of it, which would change what is the caller's own. */
class FieldsPipe extends ValidationPipe {
  constructor(forbidNonWhitelisted: boolean) {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted,
      // Whose fields an unknown one is nearly; it is never sent.
      validationError: { target: true, value: false },
      exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => fieldErrors(error, ''))),
    });
  }

  protected override stripProtoKeys(): void {}
}

/** Checks request bodies against their class: nothing is converted, and unknown fields are refused by name or left out. */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly pipes = { refused: new FieldsPipe(true), ignored: new FieldsPipe(false) };

  constructor(private readonly known: KnownBodies) {}

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return this.pipes.refused.transform(value, metadata);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidRequest([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    const checked = this.known.valid(value, metadata.metatype);
    if (checked !== undefined) return checked;
    const rules = bodyRulesOf(metadata.metatype);
    assertBodyShape(value, rules);
    const problems = rules.check?.(value) ?? [];
    if (problems.length > 0) throw invalidRequest(problems);
    const valid: unknown = await this.pipes[rules.unknownFields].transform(
      rules.classFields ? withoutContents(value, rules.classFields) : value,
      metadata,
    );
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
      detail: constraint === 'whitelistValidation' ? unknownField(error) : detail,
    }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** An unknown field by name, with the known one that it nearly is. */
function unknownField({ property, target }: ValidationError): string {
  const meant = target && nearestName(property, fieldsOf(target.constructor));
  return `"${property}" is not a known field${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

function fieldsOf(type: Function): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}
