import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelInvalid, modelUnsupported } from './engine.errors.js';
import { oneLine } from './one-line.js';

describe(oneLine, () => {
  it('leaves what people write as it is', () => {
    const message = '/models/Übung/漢字.gguf is truncated: tensor "blk.0" ends at byte 12. Download it again.';
    expect(oneLine(message)).toBe(message);
  });

  it('escapes what would end the line, or write to the terminal', () => {
    expect(oneLine('a\nb\r\u001b[31m\u0085\u2028')).toBe('a\\u000ab\\u000d\\u001b[31m\\u0085\\u2028');
  });

  it('keeps the beginning and the end of a message of any length', () => {
    const message = oneLine(`/m.gguf: architecture "${'x'.repeat(1e7)}" is not supported.`);
    expect(message.length).toBeLessThan(1300);
    expect(message).toMatch(/^\/m\.gguf: architecture "x+ \[\.\.\.\] x+" is not supported\.$/);
  });

  it('is how damaged and unsupported models are named, whatever their files hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (name) => {
        for (const { message } of [modelInvalid(name), modelUnsupported(name)]) {
          expect(message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        }
      }),
    );
    expect(modelInvalid('a\nb').message).toBe('a\\u000ab');
    expect(modelUnsupported('a\nb').message).toBe('a\\u000ab');
  });
});
