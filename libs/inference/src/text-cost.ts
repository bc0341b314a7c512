import type { RateLimitPrincipal, TokenLimiter } from '@frontier/rate-limit';

/** Tokenizing costs so much less than computing: so many tokens are counted as one. */
const TEXT_TOKENS_PER_TOKEN = 16;

/**
 * Counts work on a text, at a part of what computing its tokens would cost.
 * @throws `rate_limit_exceeded`
 */
export async function chargeText(
  limiter: TokenLimiter | undefined,
  caller: RateLimitPrincipal | undefined,
  tokens: number,
): Promise<void> {
  const cost = Math.ceil(tokens / TEXT_TOKENS_PER_TOKEN);
  const reservation = await limiter?.reserve(caller ?? { id: '' }, cost);
  reservation?.settle(cost);
}

/** Most texts have so many characters to a token. */
const CHARACTERS_PER_TOKEN = 4;

/** About how many tokens a text has. */
export function tokensOf(text: string): number {
  return text.length / CHARACTERS_PER_TOKEN;
}
