import { DEFAULT_ENGINE_OPTIONS } from '@frontier/engine';
import { integer, list, oneOf, secret, string } from './variable.js';

/** Every environment variable of the server, with its default. docs/configuration.md is generated from this table. */
export const VARIABLES = {
  TRUTHGPT_API_TOKEN: secret(
    'The token that callers send as `Authorization: Bearer <token>`. Unset: `changeme` on a loopback address, else a token is generated and logged once.',
  ),
  TRUTHGPT_CONFIG: string('configs/llm_default.yaml', 'The file that lists the models; see [Models](#models).'),
  HOST: string('127.0.0.1', 'The address to listen on; `0.0.0.0` for all.'),
  PORT: integer(8080, { min: 0, max: 65_535 }, 'The port to listen on; 0 takes a free one.'),
  ENVIRONMENT: oneOf(
    ['production', 'development', 'test'],
    'production',
    '`development` prints readable logs instead of JSON.',
  ),
  LOG_LEVEL: oneOf(
    ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'],
    'INFO',
    'The least severe level that is logged.',
  ),
  BATCH_MAX_SIZE: integer(32, { min: 1, max: 1024 }, 'Sequences that share a pass of a model at most.'),
  PREFILL_CHUNK_TOKENS: integer(
    DEFAULT_ENGINE_OPTIONS.prefillChunkTokens,
    { min: 3 },
    'Prompt tokens computed between two decode passes at most: larger values start long prompts sooner, smaller ones keep streams even.',
  ),
  KV_CACHE_TOKENS: integer(
    undefined,
    { min: 2 },
    'Tokens that the running sequences of a model may need together, prompt and answer. Unset: every one can use the whole context.',
  ),
  QUEUE_MAX_SIZE: integer(
    DEFAULT_ENGINE_OPTIONS.maxWaiting,
    { min: 1 },
    'Requests that wait for a model at most; more get 503 `overloaded`.',
  ),
  GRAPH_CACHE_DIR: string(
    undefined,
    'A folder that keeps quantised graphs, so that the next start of a model is faster. Unset: they are built at each start.',
  ),
  ENGINE_HANG_TIMEOUT_MS: integer(
    15_000,
    { min: 200, max: 3_600_000 },
    'A silent engine process is killed and started again after this long; the longest pass must fit in.',
  ),
  BODY_LIMIT_BYTES: integer(2_097_152, { min: 1024 }, 'Larger request bodies get 413.'),
  TRUST_PROXY: list(
    { pattern: /^(loopback|linklocal|uniquelocal|[\d.]+(\/\d+)?|[\da-fA-F:]+(\/\d+)?)$/, name: 'addresses' },
    'Proxies whose `X-Forwarded-*` headers are believed: addresses or CIDR ranges.',
  ),
  CORS_ORIGINS: list(
    { pattern: /^(\*|https?:\/\/[^/\s]+)$/, name: 'origins' },
    'Origins that browsers may call from; `*` for all.',
  ),
} as const;

/** The parsed variables, by name. */
export type Environment = {
  [Name in keyof typeof VARIABLES]: ReturnType<(typeof VARIABLES)[Name]['parse']> | (typeof VARIABLES)[Name]['default'];
};
