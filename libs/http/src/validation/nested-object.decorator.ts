import { applyDecorators } from '@nestjs/common';
import { ValidateNested } from 'class-validator';
import { checkField } from './field-check.js';

type Constructor = new () => object;

const nested = new WeakMap<object, Map<string, () => Constructor>>();

/** A field that is an object of another class, checked by its decorators. */
export function NestedObject(type: () => Constructor): PropertyDecorator {
  const remember: PropertyDecorator = (prototype, field) => {
    const fields = nested.get(prototype) ?? new Map<string, () => Constructor>();
    nested.set(prototype, fields.set(String(field), type));
  };
  return applyDecorators(remember, ValidateNested(), IsPlainObject());
}

/** The class of a field that is a {@link NestedObject}. */
export function nestedClass(type: Function, field: string): Constructor | undefined {
  for (
    let prototype = type.prototype as object | null;
    prototype;
    prototype = Object.getPrototypeOf(prototype) as object
  ) {
    const found = nested.get(prototype)?.get(field);
    if (found) return found();
  }
  return undefined;
}

const IsPlainObject = (): PropertyDecorator =>
  checkField('isObject', 'an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
