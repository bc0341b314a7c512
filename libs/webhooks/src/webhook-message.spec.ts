import { describe, expect, it } from 'vitest';
import { readWebhookMessage } from './webhook-message.js';

const message = (payload: string): Buffer => Buffer.from(`{"id":"a","type":"b","timestamp":1,"payload":${payload}}`);

describe(readWebhookMessage, () => {
  it('takes escaped characters, whole pairs too', () => {
    expect(readWebhookMessage(message(String.raw`"\u00e4\ud83d\ude00 \\ud800"`), undefined).payload).toBe(
      'ä😀 \\ud800',
    );
  });

  it.each([String.raw`"\ud800"`, String.raw`{"\uDC00":1}`, String.raw`[["a\udfffb"]]`, String.raw`"\ude00\ud83d"`])(
    'refuses half a surrogate pair: %s',
    (payload) => {
      expect(() => readWebhookMessage(message(payload), undefined)).toThrow(/well-formed/);
    },
  );

  it('quotes nothing of a body that is not JSON', () => {
    expect(() => readWebhookMessage(Buffer.from('{"a": hidden}'), undefined)).toThrow(
      /^(?!.*hidden).*unexpected character/,
    );
    expect(() => readWebhookMessage(Buffer.from([0x22, 0xff, 0x22]), undefined)).toThrow(/UTF-8/);
  });

  it('refuses a body that is nested too deep to check', () => {
    const deep = `${'['.repeat(200_000)}"\\ud800"${']'.repeat(200_000)}`;
    expect(() => readWebhookMessage(message(deep), undefined)).toThrow(/malformed|not valid JSON|well-formed/i);
  });
});
