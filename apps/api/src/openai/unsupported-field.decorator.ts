import { applyDecorators } from '@nestjs/common';
import { ApiHideProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { AsGiven } from '../http/as-given.decorator.js';

/**
 * A field that asks for what this server cannot do, unless its value asks for nothing. Answering as if it were not there would be
 * an answer to another question.
 * @param asksForNothing values that can be ignored, beside absent, null and false
 */
export function UnsupportedField(
  what: string,
  asksForNothing: (value: unknown) => boolean = () => false,
): PropertyDecorator {
  return applyDecorators(
    ApiHideProperty(),
    AsGiven(),
    ValidateBy({
      name: 'unsupported',
      validator: {
        validate: (value) => value === undefined || value === null || value === false || asksForNothing(value),
        defaultMessage: (args) => `${args?.property} is not supported: ${what}`,
      },
    }),
  );
}
