import { invalidRequest } from './http.errors.js';
import { memberPointer } from './json-pointer.js';

/** More than any body of these routes has; what lies beyond would only cost time to refuse field by field. */
const MAX_DEPTH = 8;
const MAX_KEYS = 1100;
const MAX_VALUES = 10_000;

/**
 * Refuses bodies that would be expensive to validate, or that name members of `Object.prototype`, which the validator
 * takes for known.
 * @throws `invalid_request`
 */
export function assertBodyShape(body: object): void {
  let values = 0;
  const open: { value: object; pointer: string; depth: number }[] = [{ value: body, pointer: '', depth: 1 }];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { value, pointer, depth } = entry;
    if (depth > MAX_DEPTH) refuse('', `the body is nested deeper than ${MAX_DEPTH}`);
    const children = Object.entries(value);
    if (!Array.isArray(value) && children.length > MAX_KEYS) {
      refuse(pointer, `an object may have at most ${MAX_KEYS} keys`);
    }
    values += children.length;
    if (values > MAX_VALUES) refuse('', `the body has more than ${MAX_VALUES} values`);
    for (const [key, child] of children) {
      const place = memberPointer(pointer, key);
      if (key in Object.prototype) refuse(place, `"${key}" is not a known field`);
      if (typeof child === 'object' && child !== null) {
        open.push({ value: child, pointer: place, depth: depth + 1 });
      }
    }
  }
}

function refuse(pointer: string, detail: string): never {
  throw invalidRequest([{ pointer, detail }]);
}
