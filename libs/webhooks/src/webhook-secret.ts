/** A secret that a sender and a receiver share. */
export interface WebhookSecret {
  /** The secret as it was given: the key of legacy signatures. */
  text: string;
  /** The key of Standard Webhooks: what follows `whsec_`, base64-decoded; any other secret as it stands, in UTF-8. */
  key: Buffer;
}

/** The prefix of secrets of Standard Webhooks. */
const PREFIX = 'whsec_';

/**
 * A secret, or several while one takes the place of another, separated by commas. The first one signs; all verify.
 * @throws a `RangeError` where one is empty
 */
export function webhookSecrets(text: string): [WebhookSecret, ...WebhookSecret[]] {
  const secrets = text.split(',').map((part) => webhookSecret(part.trim()));
  return secrets as [WebhookSecret, ...WebhookSecret[]];
}

/** @throws a `RangeError` where it is empty */
export function webhookSecret(text: string): WebhookSecret {
  const key = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.from(text);
  if (key.length === 0) throw new RangeError('A webhook secret must not be empty.');
  return { text, key };
}
