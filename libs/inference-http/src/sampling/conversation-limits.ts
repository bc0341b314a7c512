import type { BodyLimits } from '@frontier/http';

/** Bounds of bodies with conversations of 4,096 messages, prompts as token ids, schemas as deep as they come. */
export const CONVERSATION_LIMITS: BodyLimits = { depth: 64, values: 100_000, keys: 20_000 };
