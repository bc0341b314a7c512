import { ValidateBy } from 'class-validator';

function validate(name: string, expected: string, test: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name,
    validator: { validate: test, defaultMessage: (args) => `${args?.property} must be ${expected}` },
  });
}

const isTokenId = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
const isStopString = (value: unknown): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= 256 && value.isWellFormed();

export const IsPositiveAtMost = (max: number): PropertyDecorator =>
  validate('isPositiveAtMost', `a number above 0 and at most ${max}`, (value) => {
    return typeof value === 'number' && value > 0 && value <= max;
  });

/** Text without half a surrogate pair, which has no UTF-8. */
export const IsWellFormed = (): PropertyDecorator =>
  validate('isWellFormed', 'well-formed Unicode, without lone surrogates', (value) => {
    return typeof value === 'string' && value.isWellFormed();
  });

export const IsStop = (): PropertyDecorator =>
  validate('isStop', 'a text of 1 to 256 characters, or a list of at most 16 of them', (value) => {
    return Array.isArray(value) ? value.length <= 16 && value.every(isStopString) : isStopString(value);
  });

export const IsTokenIds = (): PropertyDecorator =>
  validate('isTokenIds', 'a list of at most 64 token ids', (value) => {
    return Array.isArray(value) && value.length <= 64 && value.every(isTokenId);
  });

export const IsLogitBias = (): PropertyDecorator =>
  validate('isLogitBias', 'an object of at most 1024 token ids with numbers from -100 to 100', (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value);
    return (
      entries.length <= 1024 &&
      entries.every(
        ([token, bias]) => /^(0|[1-9]\d{0,8})$/.test(token) && typeof bias === 'number' && bias >= -100 && bias <= 100,
      )
    );
  });
