import type { BodyRules } from './body-rules.js';
import { invalidRequest } from './http.errors.js';
import { memberPointer } from './json-pointer.js';

const ILL_FORMED = 'must be well-formed Unicode, without lone surrogates';

/**
 * Refuses bodies that would be expensive to validate, that name members of `Object.prototype`, which the validator takes for
 * known, or that have half a surrogate pair in a text or key: JSON can escape one, and UTF-8 cannot write it.
 * @throws `invalid_request`
 */
export function assertBodyShape(body: object, { maxDepth, maxKeys, maxValues, classFields }: BodyRules): void {
  let values = 0;
  const open: { value: object; pointer: string; depth: number; isFree: boolean }[] = [
    { value: body, pointer: '', depth: 1, isFree: false },
  ];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { value, pointer, depth, isFree } = entry;
    if (depth > maxDepth) refuse('', `the body is nested deeper than ${maxDepth}`);
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    if (keys && keys.length > maxKeys) refuse(pointer, `an object may have at most ${maxKeys} keys`);
    values += keys?.length ?? (value as unknown[]).length;
    if (values > maxValues) refuse('', `the body has more than ${maxValues} values`);
    for (const key of keys ?? (value as unknown[]).keys()) {
      const name = String(key);
      if (keys && !name.isWellFormed()) refuse(memberPointer(pointer, name.toWellFormed()), `a key ${ILL_FORMED}`);
      if (!isFree && name in Object.prototype) refuse(memberPointer(pointer, name), `"${name}" is not a known field`);
      const child = (value as Record<string, unknown>)[name];
      if (typeof child === 'string' && !child.isWellFormed()) {
        refuse(memberPointer(pointer, name), `${keys ? name : 'a text'} ${ILL_FORMED}`);
      }
      if (typeof child !== 'object' || child === null) continue;
      const isBelowFree = isFree || (depth === 1 && classFields?.includes(name) === false);
      open.push({ value: child, pointer: memberPointer(pointer, name), depth: depth + 1, isFree: isBelowFree });
    }
  }
}

function refuse(pointer: string, detail: string): never {
  throw invalidRequest([{ pointer, detail }]);
}
