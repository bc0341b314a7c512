import { getMetadataStorage } from 'class-validator';
import { type FieldError, nearestName } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '../errors/http.errors.js';
import { memberPointer } from '../errors/json-pointer.js';
import { nestedClass } from './nested-object.decorator.js';

type Constructor = new () => object;

const fields = new WeakMap<Function, ReadonlySet<string>>();

/** The fields that a class declares a check for, those of its parents included. */
function fieldsOf(type: Function): ReadonlySet<string> {
  let known = fields.get(type);
  if (!known) {
    const checks = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    fields.set(type, (known = new Set(checks.map(({ propertyName }) => propertyName))));
  }
  return known;
}

/** Stands for a list where an object belongs, whose items class-validator would check one by one. */
const LIST = Symbol('list');

/** An instance of a class with the fields of a parsed body that the class declares; their contents are shared. */
export function instanceOf(type: Constructor, body: object): object {
  const instance = new type() as Record<string, unknown>;
  const known = fieldsOf(type);
  for (const [field, value] of Object.entries(body) as [string, unknown][]) {
    if (!known.has(field)) continue;
    const nested = typeof value === 'object' && value !== null ? nestedClass(type, field) : undefined;
    if (!nested) instance[field] = value;
    else instance[field] = Array.isArray(value) ? LIST : instanceOf(nested, value as object);
  }
  return instance;
}

/** Fields of a body that its class does not declare, with the known names that they nearly are; nested classes included. */
export function unknownFieldErrors(type: Function, body: object, parent = ''): FieldError[] {
  const known = fieldsOf(type);
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries(body)) {
    const pointer = memberPointer(parent, field);
    if (!known.has(field)) {
      // The others are counted, not listed; to look for a name costs the more the more there are.
      const meant = errors.length < MAX_LISTED_ERRORS ? nearestName(field, known) : undefined;
      errors.push({
        pointer,
        detail: `"${field}" is not a known field${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
      });
      continue;
    }
    const nested = isObject(value) ? nestedClass(type, field) : undefined;
    if (nested) errors.push(...unknownFieldErrors(nested, value as object, pointer));
  }
  return errors;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
