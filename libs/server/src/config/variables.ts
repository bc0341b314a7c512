import { DEFAULT_ENCODER_OPTIONS, DEFAULT_ENGINE_OPTIONS, DEFAULT_GRAPH_CACHE_MAX_BYTES } from '@frontier/engine';
import type { z } from 'zod';
import { flag, integer, list, oneOf, path, secret, string, url } from './variable.js';

/** A timer cannot hold more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Every environment variable of the server, with its default. docs/configuration.md and the chart's schema of values are generated from this table. */
export const VARIABLES = {
  TRUTHGPT_API_TOKEN: secret(
    'The token that callers send as `Authorization: Bearer <token>` or `X-Api-Key: <token>`. Unset: `changeme` on a loopback address, else a token is generated and shown once, on the standard error.',
  ),
  TRUTHGPT_CONFIG: path(
    'configs/llm_default.yaml',
    "The file that lists the models; see [Models](#models). The default is in the server's own folder, whatever the working folder is.",
  ),
  MODELS_DIR: string(
    undefined,
    'A folder that is watched for models: each folder, `.gguf` or `.onnx` file in it is served under its name, loaded on demand; one that comes, changes or goes does so while the server runs. See [models](models.md#models-come-and-go).',
  ),
  MODELS_MEMORY_BYTES: integer(
    undefined,
    { min: 1 },
    'Memory that the processes of all models may take together. Those that are loaded on demand make room for each other, the one that was not used for longest first. Unset: none has to leave for another.',
  ),
  HOST: string('127.0.0.1', 'The address to listen on; `0.0.0.0` for all.'),
  PORT: integer(8080, { min: 0, max: 65_535 }, 'The port to listen on; 0 takes a free one.'),
  ENVIRONMENT: oneOf(
    ['production', 'development', 'test'],
    'production',
    '`development` prints readable logs, a line each, instead of JSON.',
  ),
  LOG_LEVEL: oneOf(
    ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'],
    'INFO',
    'The least severe level that is logged.',
  ),
  BATCH_MAX_SIZE: integer(
    32,
    { min: 1, max: 1024 },
    'Sequences that share a pass of a model at most; of an encoder, texts.',
  ),
  BATCH_FLUSH_TIMEOUT_MS: integer(
    DEFAULT_ENCODER_OPTIONS.flushTimeoutMs,
    { min: 0, max: 10_000 },
    'A pass of an encoder that is not full waits so long for more texts after the first at most; it starts at once when as many requests are there as came to the last one.',
  ),
  PREFILL_CHUNK_TOKENS: integer(
    undefined,
    { min: 3 },
    'The time that prompts get between two decode passes at most, as tokens at the beginning of a prompt: larger values start long prompts sooner, smaller ones keep streams even. Unset: 32, and 128 on a graphics card.',
  ),
  KV_CACHE_TOKENS: integer(
    undefined,
    { min: 2 },
    'Tokens that the running sequences of a model may need together, prompt and completion. Unset: every one can use the whole context, as far as the memory has room.',
  ),
  PREFIX_CACHE_BYTES: integer(
    undefined,
    { min: 0 },
    'Bytes of keys and values of earlier prompts that a model keeps, so that a prompt which begins like one of them computes only its rest. 0: none. Unset: a quarter of what the memory limit leaves beside the weights, 1 GiB at most where there is no limit.',
  ),
  PREFIX_CACHE_SHARED: flag(
    false,
    'Callers share those keys and values. Whoever measures times can then find out which prompts others send.',
  ),
  QUEUE_MAX_SIZE: integer(
    DEFAULT_ENGINE_OPTIONS.maxWaiting,
    { min: 1 },
    'Requests that wait for a model at most; more get 503 `overloaded`. So do those whose wait would probably be longer than they may wait.',
  ),
  QUEUE_MAX_TOKENS: integer(
    undefined,
    { min: 1 },
    'Tokens that waiting requests may need together at most, prompts and completions at their longest. Unset: no limit.',
  ),
  QUEUE_TIMEOUT_MS: integer(
    30_000,
    { min: 1, max: MAX_TIMER_MS },
    'A request that waited this long gets 503 `queue_timeout`.',
  ),
  REQUEST_TIMEOUT_MS: integer(
    120_000,
    { min: 1, max: MAX_TIMER_MS },
    'A response that is not complete after this long ends with `deadline_exceeded` (504). Callers may set less with `X-Request-Timeout-Ms`.',
  ),
  MAX_CONCURRENT_PER_KEY: integer(
    undefined,
    { min: 1 },
    'Requests of one caller at once, in one process; more get 429. Unset: no limit.',
  ),
  RATE_LIMIT_RPM: integer(
    600,
    { min: 1 },
    'Requests of one caller (key, else IP address) to one endpoint in any `RATE_LIMIT_WINDOW_SEC`; more get 429.',
  ),
  RATE_LIMIT_WINDOW_SEC: integer(60, { min: 1, max: 86_400 }, 'How long the sliding window of the rate limit is.'),
  TOKENS_PER_MINUTE: integer(
    undefined,
    { min: 1 },
    'Tokens of one caller in any minute, prompts included; more get 429. Unset: no limit.',
  ),
  API_KEYS_FILE: string(
    undefined,
    'A YAML file of API keys, read again when it changes; see [libs/auth](../libs/auth/README.md). With it, `TRUTHGPT_API_TOKEN` has no default.',
  ),
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: integer(
    5,
    { min: 1 },
    'Faults of a model in a row that make its circuit breaker refuse requests with 503 `circuit_open`.',
  ),
  CIRCUIT_BREAKER_TIMEOUT_SEC: integer(60, { min: 1 }, 'How long it refuses them before it tries again.'),
  CACHE_BACKEND: oneOf(
    ['memory', 'redis', 'tiered', 'none'],
    'memory',
    'Cache of completions of greedy and seeded requests; `tiered` is memory in front of Redis.',
  ),
  CACHE_MAX_SIZE: integer(10_000, { min: 1 }, 'Answers that are kept in memory at most; callers share them.'),
  CACHE_MAX_BYTES: integer(
    67_108_864,
    { min: 1024 },
    'Bytes that they may take together in memory, about, and as many in Redis; callers share them.',
  ),
  CACHE_DEFAULT_TTL: integer(3600, { min: 1 }, 'Time that a completion is cached, in seconds.'),
  REDIS_URL: url(
    /^rediss?:\/\//,
    'a URL that begins with redis:// or rediss://',
    'The Redis (7 or newer) that rate limits and idempotency keys are shared through, and the cache if `CACHE_BACKEND` says so. While it is away, each process uses its own memory.',
  ),
  DATA_DIR: path(
    './data',
    "A folder for what should outlive the server: jobs and received webhooks, in the file `jobs.db`, and built graphs (`GRAPH_CACHE_DIR`). The default is in the server's own folder.",
  ),
  JOBS_REDIS_URL: url(
    /^rediss?:\/\//,
    'a URL that begins with redis:// or rediss://',
    'The Redis that jobs and received webhooks are kept in and shared through, by BullMQ. It must never evict, and should append to a file. Unset: the file in `DATA_DIR`.',
  ),
  JOBS_CONCURRENCY: integer(
    8,
    { min: 1, max: 1024 },
    'Jobs that one process runs at once, which callers share; one below its share begins at once, so that at most twice as many run.',
  ),
  JOBS_MAX_OPEN_PER_CALLER: integer(10_000, { min: 1 }, 'Jobs of one caller that have not ended; more get 429.'),
  JOBS_MAX_BYTES_PER_CALLER: integer(
    1_073_741_824,
    { min: 65_536 },
    'Bytes of all jobs that are kept of one caller, those that have ended included; more get 429.',
  ),
  JOBS_RETENTION_HOURS: integer(
    168,
    { min: 24 },
    'How long jobs that have ended, and received webhooks, are remembered.',
  ),
  WEBHOOK_HMAC_SECRET: secret(
    'Verifies webhooks and signs callbacks; several, separated by commas, while one takes the place of another. `whsec_...` is base64. Unset: `changeme-secret` on a loopback address, else ingestion is off.',
  ),
  WEBHOOK_TIMESTAMP_WINDOW: integer(300, { min: 1 }, "How far a webhook's timestamp may be from now, in seconds."),
  WEBHOOK_ALLOWED_HOSTS: list(
    { pattern: /^[\w.:[\]-]+$/, name: 'hosts' },
    'Hosts, or host:port, that callbacks may reach although they are not public.',
  ),
  GRAPH_CACHE_DIR: string(
    undefined,
    'A folder that keeps built graphs, so that the next start of a model is faster; `off` builds them at each start. Unset: the folder `graphs` in `DATA_DIR`.',
  ),
  GRAPH_CACHE_MAX_BYTES: integer(
    DEFAULT_GRAPH_CACHE_MAX_BYTES,
    { min: 1 },
    'Bytes that they may take together; those that were not used for longest are removed. One is written before others go, so the disk needs room for it beside.',
  ),
  ENGINE_HANG_TIMEOUT_MS: integer(
    15_000,
    { min: 200, max: 3_600_000 },
    'A silent engine process is killed and started again after this long; the longest pass must fit in.',
  ),
  ENABLE_DECISIONS: flag(
    false,
    'Serves `/v1/decisions`: questions that are answered with probabilities. OpenAI has it in beta, so that it may change.',
  ),
  ENABLE_METRICS: flag(true, 'Serves Prometheus metrics at `/metrics`; 404 otherwise.'),
  ENABLE_CONSOLE: flag(true, 'Serves the console at `/console`, and `/v1/live`, which it reads; 404 otherwise.'),
  ENABLE_TRACING: flag(
    true,
    'Makes an OpenTelemetry trace of each request, in the one that its `traceparent` names; the ids are in its log line.',
  ),
  OTLP_ENDPOINT: url(
    /^https?:\/\//,
    'a URL that begins with http:// or https://',
    'Where traces go: an OTLP receiver over HTTP, with or without `/v1/traces`. Unset: nowhere.',
  ),
  TRACE_CONTENT: flag(false, 'Puts prompts and completions into traces.'),
  DRAIN_DELAY_MS: integer(
    0,
    { min: 0, max: MAX_TIMER_MS },
    'After SIGTERM, how long requests are still taken, while readiness says no: until load balancers have heard it.',
  ),
  DRAIN_TIMEOUT_MS: integer(
    45_000,
    { min: 0, max: MAX_TIMER_MS },
    'After that, how long running requests may take to end.',
  ),
  BODY_LIMIT_BYTES: integer(
    2_097_152,
    { min: 1024 },
    'Larger request bodies get 413; up to 8 times as much is read and forgotten, so that the client sees it.',
  ),
  MAX_CONNECTIONS_PER_ADDRESS: integer(
    undefined,
    { min: 1 },
    'Connections that one address (of IPv6 a /64 network) may hold; more are closed at once. Unset: 1024 or, with `TRUST_PROXY`, no limit, since all callers come from the proxy.',
  ),
  TRUST_PROXY: list(
    { pattern: /^(loopback|linklocal|uniquelocal|[\d.]+(\/\d+)?|[\da-fA-F:]+(\/\d+)?)$/, name: 'addresses' },
    'Proxies whose `X-Forwarded-*` headers are believed: addresses or CIDR ranges.',
  ),
  CORS_ORIGINS: list(
    { pattern: /^(\*|https?:\/\/[^/\s]+)$/, name: 'origins' },
    'Origins that browsers may call from; `*` for all.',
  ),
};

/** The parsed variables, by name. */
export type Environment = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]> };
