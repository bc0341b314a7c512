import { LRUCache } from 'lru-cache';

/** Bodies that are remembered, their characters together, and the longest of them. */
const LIMITS = { bodies: 1000, characters: 2 ** 21, longest: 2 ** 14 } as const;

/**
 * Bodies that were valid, by their text: those that come again are neither parsed nor checked again, which costs several
 * times what a cached answer does. What is remembered is frozen.
 */
export class KnownBodies {
  private readonly byText = new LRUCache<string, object>({ max: LIMITS.bodies, maxSize: LIMITS.characters });
  private readonly texts = new WeakMap<object, string>();
  private readonly checked = new WeakMap<object, { type: unknown; value: unknown }>();

  /** The body that this text was parsed to before. */
  parsed(text: string): object | undefined {
    return this.byText.get(text);
  }

  /** Notes what a text was parsed to, until it is known whether that is valid. */
  note(text: string, body: unknown): void {
    if (typeof body === 'object' && body !== null && text.length <= LIMITS.longest) this.texts.set(body, text);
  }

  /** What checking this body as a `type` gave before. */
  valid(body: object, type: unknown): unknown {
    const known = this.checked.get(body);
    return known?.type === type ? known?.value : undefined;
  }

  /** Remembers a body that is valid. */
  remember(body: object, type: unknown, value: unknown): void {
    const text = this.texts.get(body);
    if (text === undefined) return;
    freeze(body);
    freeze(value);
    this.checked.set(body, { type, value });
    this.byText.set(text, body, { size: text.length });
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}
