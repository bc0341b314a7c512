import { ValidateBy } from 'class-validator';

/** A check of a field; `expected` completes "<field> must be". */
export function checkField(name: string, expected: string, test: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name,
    validator: { validate: test, defaultMessage: (args) => `${args?.property} must be ${expected}` },
  });
}

/** Text without half a surrogate pair, which has no UTF-8. */
export const IsWellFormed = (): PropertyDecorator =>
  checkField('isWellFormed', 'well-formed Unicode, without lone surrogates', (value) => {
    return typeof value === 'string' && value.isWellFormed();
  });
