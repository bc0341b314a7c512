import type { BodyRules } from './body-rules.js';
import { invalidRequest } from './http.errors.js';
import { memberPointer } from './json-pointer.js';

/**
 * Refuses bodies that would be expensive to validate, or that name members of `Object.prototype`, which the validator
 * takes for known.
 * @throws `invalid_request`
 */
export function assertBodyShape(body: object, { maxDepth, maxKeys, maxValues, freeFields }: BodyRules): void {
  let values = 0;
  const open: { value: object; pointer: string; depth: number; isFree: boolean }[] = [
    { value: body, pointer: '', depth: 1, isFree: false },
  ];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { value, pointer, depth, isFree } = entry;
    if (depth > maxDepth) refuse('', `the body is nested deeper than ${maxDepth}`);
    const children = Object.entries(value);
    if (!Array.isArray(value) && children.length > maxKeys) {
      refuse(pointer, `an object may have at most ${maxKeys} keys`);
    }
    values += children.length;
    if (values > maxValues) refuse('', `the body has more than ${maxValues} values`);
    for (const [key, child] of children) {
      const place = memberPointer(pointer, key);
      if (!isFree && key in Object.prototype) refuse(place, `"${key}" is not a known field`);
      if (typeof child === 'object' && child !== null) {
        const isBelowFree = isFree || (depth === 1 && freeFields.includes(key));
        open.push({ value: child, pointer: place, depth: depth + 1, isFree: isBelowFree });
      }
    }
  }
}

function refuse(pointer: string, detail: string): never {
  throw invalidRequest([{ pointer, detail }]);
}
