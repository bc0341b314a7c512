import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signLegacy, signStandard, verifyLegacy, verifyStandard } from './signatures.js';
import { webhookSecret, webhookSecrets } from './webhook-secret.js';

const BASE64 = `whsec_${Buffer.from('0123456789abcdef').toString('base64')}`;
const now = (): number => Math.floor(Date.now() / 1000);

describe(signStandard, () => {
  it('makes headers that the published library verifies, for any body', () => {
    fc.assert(
      fc.property(fc.json(), fc.stringMatching(/^[\w-]{1,20}$/), (body, id) => {
        const headers = signStandard(webhookSecret(BASE64), id, now(), body);
        expect(new Webhook(BASE64).verify(body, { ...headers })).toEqual(JSON.parse(body));
        const raw = signStandard(webhookSecret('a raw secret'), id, now(), body);
        expect(new Webhook('a raw secret', { format: 'raw' }).verify(body, { ...raw })).toEqual(JSON.parse(body));
      }),
    );
  });
});

describe(verifyStandard, () => {
  it('accepts signatures of the published library with any of several secrets, and no other', () => {
    const secrets = webhookSecrets(`new secret,${BASE64}`);
    const at = new Date();
    const signed = (secret: Webhook, body: string): Parameters<typeof verifyStandard>[1] => ({
      'webhook-id': 'msg',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': `v1,bm8= ${secret.sign('msg', at, body)}`,
    });
    const headers = signed(new Webhook(BASE64), '{}');
    expect(verifyStandard(secrets, headers, '{}')).toBe(true);
    expect(verifyStandard(secrets, signed(new Webhook('new secret', { format: 'raw' }), '{}'), '{}')).toBe(true);
    expect(verifyStandard(secrets, headers, '{ }')).toBe(false);
    expect(verifyStandard(secrets.slice(0, 1), headers, '{}')).toBe(false);
    for (const change of [{ 'webhook-id': 'other' }, { 'webhook-timestamp': '1' }, { 'webhook-signature': 'v1,' }]) {
      expect(verifyStandard(secrets, { ...headers, ...change }, '{}')).toBe(false);
    }
  });
});

describe('the bytes of a Standard signature', () => {
  it('are those of a text: others that decode to the same text are refused', () => {
    const secrets = webhookSecrets(BASE64);
    const body = '{"a":"\ufffd"}';
    const headers = signStandard(secrets[0], 'msg', now(), body);
    expect(verifyStandard(secrets, headers, Buffer.from(body))).toBe(true);
    expect(verifyStandard(secrets, headers, new Uint8Array(Buffer.from(body)))).toBe(true);
    expect(verifyStandard(secrets, headers, Buffer.from('{"a":"\xff"}', 'latin1'))).toBe(false);
  });

  it('are signed with the key whatever its bytes are', () => {
    const secret = webhookSecret('pässwörd €');
    const mac = createHmac('sha256', Buffer.from('pässwörd €')).update('msg.5.{}').digest('base64');
    expect(signStandard(secret, 'msg', 5, '{}')['webhook-signature']).toBe(`v1,${mac}`);
  });
});

describe(verifyLegacy, () => {
  it("accepts the hexadecimal HMAC over time and bytes, with the secret's text as it stands", () => {
    const body = Uint8Array.of(0xff, 0, 0x7b);
    const signature = createHmac('sha256', BASE64).update('5.').update(body).digest('hex');
    expect(signLegacy(webhookSecret(BASE64), 5, body)).toBe(signature);
    expect(verifyLegacy(webhookSecrets(`x,${BASE64}`), '5', signature, body)).toBe(true);
    expect(verifyLegacy(webhookSecrets(BASE64), '6', signature, body)).toBe(false);
    expect(verifyLegacy(webhookSecrets('x'), '5', signature, body)).toBe(false);
  });
});

describe(webhookSecrets, () => {
  it('refuses an empty one', () => {
    for (const text of ['', 'a,,b', 'whsec_']) expect(() => webhookSecrets(text)).toThrow(RangeError);
  });
});
