import { checkField } from '@frontier/http';
import { MAX_LOGITS_PROCESSORS, MAX_PROMPT_LOOKUP } from '@frontier/inference';

/** Bounds of the lists of a request, and of a stop string in characters. */
export const LIMITS = {
  stops: 16,
  stopLength: 256,
  stopTokens: 64,
  biases: 1024,
  processors: MAX_LOGITS_PROCESSORS,
  processorName: 64,
  promptLookup: MAX_PROMPT_LOOKUP,
} as const;

/** Tests for a value that could be the id of a token. */
export const isTokenId = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
/** Tests for a text that can be a stop string. */
export const isStopString = (value: unknown): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= LIMITS.stopLength && value.isWellFormed();

export const IsStop = (stops: number = LIMITS.stops): PropertyDecorator =>
  checkField(
    'isStop',
    `a text of 1 to ${LIMITS.stopLength} characters, or a list of at most ${stops} of them`,
    (value) => {
      return Array.isArray(value) ? value.length <= stops && value.every(isStopString) : isStopString(value);
    },
  );

export const IsTokenIds = (): PropertyDecorator =>
  checkField('isTokenIds', `a list of at most ${LIMITS.stopTokens} token ids`, (value) => {
    return Array.isArray(value) && value.length <= LIMITS.stopTokens && value.every(isTokenId);
  });

export const IsAllowedTokens = (): PropertyDecorator =>
  checkField('isAllowedTokens', `a list of 1 to ${LIMITS.biases} token ids`, (value) => {
    return Array.isArray(value) && value.length >= 1 && value.length <= LIMITS.biases && value.every(isTokenId);
  });

export const IsLogitBias = (): PropertyDecorator =>
  checkField(
    'isLogitBias',
    `an object of at most ${LIMITS.biases} token ids with numbers from -100 to 100`,
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const entries = Object.entries(value);
      return entries.length <= LIMITS.biases && entries.every(([token, bias]) => isCanonicalId(token) && isBias(bias));
    },
  );

const isProcessorName = (value: unknown): boolean =>
  typeof value === 'string' && value.length >= 1 && value.length <= LIMITS.processorName;

/** A logits processor of a request: its name, or its name and its parameters. */
export type LogitsProcessorField = string | { name: string; parameters?: Record<string, unknown> };

export const IsLogitsProcessors = (): PropertyDecorator =>
  checkField(
    'isLogitsProcessors',
    `a list of at most ${LIMITS.processors} logits processors, each a name or {"name", "parameters"}`,
    (value) => Array.isArray(value) && value.length <= LIMITS.processors && value.every(isProcessor),
  );

function isProcessor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isProcessorName(value);
  const { name, parameters, ...others } = value as Record<string, unknown>;
  const hasParameters = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
  return isProcessorName(name) && (parameters === undefined || hasParameters) && Object.keys(others).length === 0;
}

export const IsSpeculation = (): PropertyDecorator =>
  checkField('isSpeculation', `{"prompt_lookup"} with a whole number from 0 to ${LIMITS.promptLookup}`, (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const { prompt_lookup: tokens, ...others } = value as Record<string, unknown>;
    return Object.keys(others).length === 0 && (tokens === undefined || tokens === null || isLookup(tokens));
  });

const isLookup = (tokens: unknown): boolean =>
  Number.isInteger(tokens) && (tokens as number) >= 0 && (tokens as number) <= LIMITS.promptLookup;

/** Ids are keys here: "7" and "07" would be one token. */
const isCanonicalId = (token: string): boolean => /^(0|[1-9]\d{0,8})$/.test(token);
const isBias = (bias: unknown): boolean => typeof bias === 'number' && bias >= -100 && bias <= 100;

/** A valid `logit_bias`, by token. */
export function toLogitBias(given: Record<string, number> | null | undefined): Map<number, number> | undefined {
  return given ? new Map(Object.entries(given).map(([token, bias]) => [Number(token), bias])) : undefined;
}

/** Valid `logits_processors`, in the terms of the engine. */
export function toLogitsProcessors(given: readonly LogitsProcessorField[] | null | undefined) {
  return given?.map((processor) => (typeof processor === 'string' ? { name: processor } : processor));
}
