/** Bounds of a JSON body, checked on its bytes before it is parsed. */
export interface BodyLimits {
  /** Lists and objects in each other. */
  depth: number;
  /** Lists, objects, texts, numbers and literals together. */
  values: number;
  /** Keys of all objects together. Each costs several times what a value does: an object of new keys is a new class to the JavaScript engine. */
  keys: number;
}

/** The bounds of a handler without {@link LimitBody}. */
export const DEFAULT_BODY_LIMITS: BodyLimits = { depth: 8, values: 10_000, keys: 2200 };
