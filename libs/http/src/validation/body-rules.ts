import type { FieldError } from '@frontier/errors';

/** Rules of a class of bodies. */
export interface BodyRules {
  /** Fields that the class does not declare: refused by name, or left out. */
  unknownFields: 'refused' | 'ignored';
  /** Checks that class-validator would be too slow for, or that concern fields which the class does not declare; default: none. */
  check?: (body: object) => FieldError[];
  /** The class that takes the place of this one for a body, by its fields; default: none. */
  variantOf?: (body: object) => (new () => object) | undefined;
}

const rules = new WeakMap<object, BodyRules>();

/**
 * Marks a class of bodies: its fields are taken as they were parsed, and their contents are for the checks of the fields alone. Without it,
 * class-transformer makes the instance.
 */
export const BodyRules =
  (changes: Partial<BodyRules> = {}): ClassDecorator =>
  (target) =>
    void rules.set(target, { unknownFields: 'refused', ...changes });

/** The rules of a class; subclasses have those of their parents. */
export function bodyRulesOf(type: unknown): BodyRules | undefined {
  for (let target = type; typeof target === 'function'; target = Object.getPrototypeOf(target) as unknown) {
    const found = rules.get(target);
    if (found) return found;
  }
  return undefined;
}
