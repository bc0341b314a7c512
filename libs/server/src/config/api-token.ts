import { randomBytes } from 'node:crypto';
import { configInvalid } from './config.errors.js';
import { isLoopback } from '@frontier/http/loopback';

/** Well-known default of the original contract. */
const WELL_KNOWN_TOKEN = 'changeme';

/** The token that callers must send. */
export interface ApiToken {
  /** Unset where only the keys of a file are valid. */
  value?: string;
  /** It is the well-known default. */
  isWellKnown?: true;
  /** Warning for the operator, logged once at start. */
  warning?: string;
  /** It was made for this run: shown to the operator, but not in a log that is kept. */
  isGenerated?: boolean;
}

/**
 * The token that callers must send. The well-known default serves on a loopback address only, and where there is no file
 * of keys.
 * @throws `config_invalid` when it is set for an address that others can reach
 */
export function resolveApiToken(token: string | undefined, host: string, keysFile?: string): ApiToken {
  if (token === undefined && keysFile !== undefined) return {};
  if (isLoopback(host)) {
    if (token !== undefined && token !== WELL_KNOWN_TOKEN) return { value: token };
    const warning = `TRUTHGPT_API_TOKEN is the well-known default: fine on ${host}, refused on any other address.`;
    return { value: WELL_KNOWN_TOKEN, isWellKnown: true, warning };
  }
  if (token === WELL_KNOWN_TOKEN) {
    throw configInvalid(
      `TRUTHGPT_API_TOKEN="${WELL_KNOWN_TOKEN}" is refused on ${host}, which others can reach: set a secret of your own.`,
    );
  }
  if (token !== undefined) return { value: token };
  const value = randomBytes(24).toString('base64url');
  const warning =
    'TRUTHGPT_API_TOKEN is unset: a token was made for this run, and is shown on the standard error only.';
  return { value, warning, isGenerated: true };
}
