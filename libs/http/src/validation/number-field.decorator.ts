import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min, ValidateBy } from 'class-validator';

interface NumberFieldOptions {
  description: string;
  min: number;
  max?: number;
  /** `min` itself is refused. */
  exclusiveMin?: boolean;
  /** Default when the field is absent or null; for the documentation. */
  default?: number;
  example: number;
}

/** An optional, finite number in a range: checked, and documented with the same range. */
export function NumberField(options: NumberFieldOptions): PropertyDecorator {
  const lower = options.exclusiveMin ? Above(options.min) : Min(options.min);
  return field('number', options, [lower, IsNumber({ allowNaN: false, allowInfinity: false })]);
}

/** An optional whole number in a range: checked, and documented with the same range. */
export function IntegerField(options: NumberFieldOptions): PropertyDecorator {
  return field('integer', options, [Min(options.min), IsInt()]);
}

function field(
  type: 'number' | 'integer',
  { description, min, max, exclusiveMin, default: fallback, example }: NumberFieldOptions,
  checks: PropertyDecorator[],
): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      description,
      type,
      minimum: min,
      ...(exclusiveMin ? { exclusiveMinimum: true } : {}),
      maximum: max,
      default: fallback,
      example,
      nullable: true,
    }),
    IsOptional(),
    // The check of the type comes last, as the topmost of written decorators does: its message is the one that callers see.
    ...(max === undefined ? [] : [Max(max)]),
    ...checks,
  );
}

const Above = (min: number): PropertyDecorator =>
  ValidateBy({
    name: 'above',
    validator: {
      validate: (value) => typeof value === 'number' && value > min,
      defaultMessage: (args) => `${args?.property} must be above ${min}`,
    },
  });
