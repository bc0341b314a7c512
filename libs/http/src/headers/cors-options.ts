/** Response headers that our clients, OpenAI's and Anthropic's read; of others, a browser shows its scripts a handful. */
const EXPOSED_HEADERS = [
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'request-id',
  'x-cache',
  'server-timing',
  'ratelimit',
  'ratelimit-policy',
  'x-response-time',
  'openai-processing-ms',
  'warning',
  'idempotent-replayed',
  'x-should-retry',
  'location',
  ...['requests', 'tokens'].flatMap((unit) =>
    ['limit', 'remaining', 'reset'].map((name) => `x-ratelimit-${name}-${unit}`),
  ),
];

/** The CORS options: all methods, the request headers that browsers ask for, the response headers that clients read. */
export function corsOptions(origins: readonly string[]): object {
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    // Without a list, those of the preflight are reflected: OpenAI's client sends a dozen x-stainless-... of its own.
  };
}
