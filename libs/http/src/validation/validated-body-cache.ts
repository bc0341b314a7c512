import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { copyOf, isSameJson } from '../json/json-copy.js';
import { parseJson } from '../json/parse-json.js';

/** Bodies that are remembered, their characters together, and the longest of them. */
const LIMITS = { bodies: 1000, characters: 2 ** 21, longest: 2 ** 14 } as const;

/** A body that was valid as a class. */
interface ValidatedBody {
  body: object;
  type: unknown;
}

/**
 * Bodies that were valid, by their text: those that come again are neither parsed nor checked again, which costs several
 * times what a cached response does. Every request has a copy of its own, which interceptors and handlers may change: a body
 * that is not as it came is checked as if it were new.
 */
@Injectable()
export class ValidatedBodyCache {
  private readonly byText = new LRUCache<string, ValidatedBody>({ max: LIMITS.bodies, maxSize: LIMITS.characters });
  private readonly origins = new WeakMap<object, { text: string; known?: ValidatedBody }>();

  /** A copy of the body that these bytes were parsed to before. */
  parsed(bytes: Buffer): object | undefined {
    if (bytes.length > LIMITS.longest) return undefined;
    const text = bytes.toString('utf8');
    const known = this.byText.get(text);
    if (!known) return undefined;
    const body = copyOf(known.body);
    this.origins.set(body, { text, known });
    return body;
  }

  /** Notes the bytes that a body was parsed from, until it is known whether it is valid. */
  note(bytes: Buffer, body: unknown): void {
    if (typeof body !== 'object' || body === null || bytes.length > LIMITS.longest) return;
    this.origins.set(body, { text: bytes.toString('utf8') });
  }

  /** Tests that a body was valid as a `type` before, and is still as it came. */
  isValid(body: object, type: unknown): boolean {
    const known = this.origins.get(body)?.known;
    return known?.type === type && isSameJson(body, known?.body);
  }

  /** Remembers a body that is valid, unless it was changed before. */
  remember(body: object, type: unknown): void {
    const origin = this.origins.get(body);
    if (!origin) return;
    const { text, known } = origin;
    const pristine = known?.body ?? (parseJson(text) as object);
    if (isSameJson(body, pristine)) this.byText.set(text, { body: pristine, type }, { size: text.length });
  }
}
