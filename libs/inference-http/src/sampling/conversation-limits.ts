import type { BodyLimits } from '@frontier/http';

/** Bounds of bodies with conversations of 4,096 messages, prompts as token ids, schemas as deep as they come. */
export const CONVERSATION_LIMITS: BodyLimits = { depth: 64, values: 100_000, keys: 20_000 };

/** Messages of a conversation at most. */
export const MAX_MESSAGES = 4096;

/** Calls of a message at most. */
export const MAX_CALLS = 128;

/** Tools of a request, and characters of a name and of a description, at most. */
export const TOOL_LIMITS = { tools: 128, name: 128, description: 65_536 } as const;
