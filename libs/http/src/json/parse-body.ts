import { isUtf8 } from 'node:buffer';
import { jsonFault } from '@frontier/errors';
import { invalidRequest, malformedJson } from '../errors/http.errors.js';
import { memberPointer } from '../errors/json-pointer.js';
import type { BodyLimits } from './body-limits.js';
import { parseJson } from './parse-json.js';
import { scanJson } from './scan-json.js';

/** A parsed body. */
export interface ParsedBody {
  body: unknown;
  /** Values in it. */
  values: number;
}

/**
 * Parses a JSON body within bounds.
 * @throws `malformed_request`, `invalid_request` where it exceeds a bound or has half a surrogate pair
 */
export function parseBody(bytes: Buffer, limits: BodyLimits): ParsedBody {
  // Read as a text, every wrong byte would silently become U+FFFD.
  if (!isUtf8(bytes)) throw malformedJson('it is not UTF-8');
  const { values, hasSurrogateEscapes } = scanJson(bytes, limits);
  let body: unknown;
  try {
    body = parseJson(bytes.toString('utf8'));
  } catch (error) {
    throw malformedJson(bytes.length === 0 ? 'it is empty' : jsonFault(error), error);
  }
  if (hasSurrogateEscapes) assertWellFormed(body, '');
  return { body, values };
}

const ILL_FORMED = 'must be well-formed Unicode, without lone surrogates';

/** JSON can escape half a surrogate pair, and UTF-8 cannot write it. Recursion is as deep as the scan has allowed. */
function assertWellFormed(value: unknown, pointer: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) refuse(pointer, `${nameOf(pointer)} ${ILL_FORMED}`);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) if (mayBeIllFormed(item)) assertWellFormed(item, `${pointer}/${i}`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed()) refuse(memberPointer(pointer, key.toWellFormed()), `a key ${ILL_FORMED}`);
      if (mayBeIllFormed(member)) assertWellFormed(member, memberPointer(pointer, key));
    }
  }
}

/** A pointer is written for those alone, of which there are few. */
function mayBeIllFormed(value: unknown): boolean {
  return typeof value === 'string' ? !value.isWellFormed() : typeof value === 'object' && value !== null;
}

function nameOf(pointer: string): string {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  return name === '' || /^\d+$/.test(name) ? 'a text' : name;
}

function refuse(pointer: string, detail: string): never {
  throw invalidRequest([{ pointer, detail }]);
}
