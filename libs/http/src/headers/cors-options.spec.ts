import { describe, expect, it } from 'vitest';
import { corsOptions } from './cors-options.js';

describe(corsOptions, () => {
  it('opens all origins by a star, wherever it stands, and else the listed ones', () => {
    expect(corsOptions(['https://a.example', '*'])).toMatchObject({ origin: '*' });
    expect(corsOptions(['https://a.example'])).toMatchObject({ origin: ['https://a.example'] });
    expect(corsOptions([])).toMatchObject({ origin: [] });
  });

  it('exposes the headers that clients read', () => {
    const { exposedHeaders } = corsOptions([]) as { exposedHeaders: string[] };
    for (const name of ['retry-after', 'x-request-id', 'x-ratelimit-remaining-tokens', 'x-should-retry', 'location']) {
      expect(exposedHeaders).toContain(name);
    }
  });

  it('lists no request headers, so that those of the preflight are reflected', () => {
    expect(corsOptions([])).not.toHaveProperty('allowedHeaders');
  });
});
