import type { Principal } from '../request/principal.js';
import type { TokenLimiter } from './token-limiter.js';

/** Tokenizing costs so much less than computing: so many tokens are charged as one. */
const TEXT_TOKENS_PER_TOKEN = 16;

/**
 * Charges work on a text, at a part of the cost of computing its tokens.
 * @throws `rate_limit_exceeded`
 */
export async function chargeText(
  limiter: TokenLimiter | undefined,
  principal: Principal | undefined,
  tokens: number,
): Promise<void> {
  const cost = Math.ceil(tokens / TEXT_TOKENS_PER_TOKEN);
  const reservation = await limiter?.reserve(principal ?? { id: '' }, cost);
  reservation?.settle(cost);
}

/** Most texts have so many characters to a token. */
const CHARACTERS_PER_TOKEN = 4;

/** The approximate number of tokens in a text. */
export function tokensOf(text: string): number {
  return text.length / CHARACTERS_PER_TOKEN;
}
