import type { FieldError } from '@frontier/errors';

/** How the body of a route may look, before its fields are checked. */
export interface BodyRules {
  /** What becomes of fields that the class does not know. */
  unknownFields: 'refused' | 'ignored';
  /** More is refused at once: it would only cost time to check. */
  maxDepth: number;
  maxKeys: number;
  maxValues: number;
  /** The fields whose contents are of a class; others are taken `AsGiven`. Default: all. */
  classFields?: readonly string[];
  /** Errors of fields that the class does not declare; default: none. */
  check?: (body: object) => FieldError[];
}

const DEFAULTS: BodyRules = { unknownFields: 'refused', maxDepth: 8, maxKeys: 1100, maxValues: 10_000 };

const rules = new WeakMap<object, BodyRules>();

/** Sets the rules of a body's class. */
export const BodyRules =
  (changes: Partial<BodyRules>): ClassDecorator =>
  (target) =>
    void rules.set(target, { ...DEFAULTS, ...changes });

/** The rules of a body's class; subclasses have those of their parents. */
export function bodyRulesOf(type: unknown): BodyRules {
  for (let target = type; typeof target === 'function'; target = Object.getPrototypeOf(target) as unknown) {
    const found = rules.get(target);
    if (found) return found;
  }
  return DEFAULTS;
}
