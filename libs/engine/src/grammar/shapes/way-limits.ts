import { invalidJsonSchema } from '../../errors/json-schema.errors.js';

/** The most that a schema may need, while it is compiled and at any place of an output; measured in docs/decisions/0019. */
export const WAY_LIMITS = {
  /** Shapes of a value at one place of an output, and names and constants that are looked for in all of them together. */
  shapes: 500,
  texts: 4000,
  /** The same shapes, with what each has around it. */
  ways: 5000,
  /** Patterns of strings and names, each of which is followed by itself. */
  patterns: 16,
  /** Steps to count them. */
  steps: 50_000,
} as const;

export function tooManyWays(pointer: string, what: string): Error {
  return invalidJsonSchema(
    pointer,
    `there are more than ${what} at one place of an answer; let the choices differ earlier, such as in their first property, or have fewer of them`,
  );
}

export function tooManyCombinations(): Error {
  return invalidJsonSchema(
    '',
    'its choices can be combined in too many ways; let them differ earlier, such as in their first property, or have fewer of them',
  );
}
