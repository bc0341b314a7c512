import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { warnOfUnknownFields } from './unknown-fields.js';

function warning(body: object, valid: object = { prompt: 'x' }): string | undefined {
  const headers: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (headers[name] = value) };
  warnOfUnknownFields({ body } as FastifyRequest, reply as unknown as FastifyReply, valid);
  return headers.warning;
}

describe(warnOfUnknownFields, () => {
  it('sends no header where all fields are known', () => {
    expect(warning({ prompt: 'x' })).toBeUndefined();
  });

  it('names the fields that are unknown', () => {
    expect(warning({ prompt: 'x', promt: 1, 'x.y': 2 })).toBe('299 - "Unknown fields were ignored: promt, x.y"');
  });

  it('writes names without characters that end the header or its string', () => {
    expect(warning({ 'a"\r\nb: é': 1 })).toBe('299 - "Unknown fields were ignored: a???b???"');
  });

  it('is short, however many and long the names are', () => {
    const body = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}`.padStart(500, 'x'), 1]));
    expect(warning(body)!.length).toBeLessThan(1500);
  });
});
