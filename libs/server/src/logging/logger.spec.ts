import { Writable } from 'node:stream';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { SECRETS } from './logger.js';

/** The line of an object. */
function logged(line: object): string {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  pino({ redact: SECRETS }, stream).info(line);
  return lines.join('');
}

describe('the secrets of a log line', () => {
  it.each(['authorization', 'x-api-key', 'cookie'])('have no %s, wherever headers are logged', (header) => {
    const headers = { [header]: 's3cret', 'x-request-id': 'shown' };
    for (const line of [headers, { headers }, { req: { headers } }]) {
      expect(logged(line)).not.toContain('s3cret');
      expect(logged(line)).toContain('shown');
    }
  });
});
