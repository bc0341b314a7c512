/** Bounds of a JSON body, checked on its bytes before it is parsed. */
export interface BodyLimits {
  /** Lists and objects in each other. */
  depth: number;
  /** Lists, objects, texts, numbers and literals together. */
  values: number;
  /** Keys of all objects together. Each costs several times what a value does: an object of new keys is a new class to the JavaScript engine. */
  keys: number;
}

/** A route that is not in the table. */
const DEFAULT_LIMITS: BodyLimits = { depth: 8, values: 10_000, keys: 2200 };

/** Conversations of 4,096 messages, prompts as token ids, schemas as deep as they come. */
const CONVERSATION: BodyLimits = { depth: 64, values: 100_000, keys: 20_000 };

/** The bounds by route. */
const LIMITS: Readonly<Record<string, BodyLimits>> = {
  '/v1/chat/completions': CONVERSATION,
  '/v1/completions': CONVERSATION,
  '/tokenize': CONVERSATION,
  '/apply-template': CONVERSATION,
  '/detokenize': { ...CONVERSATION, values: 101_000 },
  '/webhooks/ingest': { depth: 32, values: 10_000, keys: 5000 },
};

/** The bounds of a route's bodies. */
export function bodyLimitsOf(route: string | undefined): BodyLimits {
  return LIMITS[route ?? ''] ?? DEFAULT_LIMITS;
}
