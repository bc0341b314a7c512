import type { BodyLimits } from '@frontier/http';

/** Inputs of a request, and token ids of all of them together. */
export const ENCODER_LIMITS = { inputs: 2048, tokens: 300_000 } as const;

/** Bounds of a body with as many token ids as a request may have. */
export const ENCODER_BODY_LIMITS: BodyLimits = { depth: 8, values: 310_000, keys: 5000 };
