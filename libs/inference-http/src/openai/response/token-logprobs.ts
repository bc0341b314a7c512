import { ApiProperty } from '@nestjs/swagger';
import { LazyList } from '@frontier/http';
import type { PromptLogprobs, TokenLogprob, TokenLogprobs } from '@frontier/inference';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Name of a token: its text; `bytes:\xf0\x9f` where that is no whole character; `token_id:0` for a special token, which
 * has no text.
 */
export function tokenName({ token, bytes }: Pick<TokenLogprob, 'token' | 'bytes'>): string {
  if (bytes.length === 0) return `token_id:${token}`;
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch {
    return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
  }
}

/** Log probability of a token. */
class ChatTokenLogprob {
  @ApiProperty({
    description: 'Its text; `bytes:\\xf0\\x9f` for a part of a character, `token_id:0` for a special token.',
    example: ' the',
  })
  token!: string;

  @ApiProperty({
    description: 'The natural logarithm of its probability, before any bias or temperature.',
    example: -0.31,
  })
  logprob!: number;

  @ApiProperty({
    description: 'Its text in UTF-8; null for a special token.',
    type: [Number],
    nullable: true,
    example: [32, 116, 104, 101],
  })
  bytes!: number[] | null;
}

/** Log probabilities at a token of the completion. */
export class ChatTokenLogprobs extends ChatTokenLogprob {
  @ApiProperty({ description: 'The most likely tokens in its place, best first.', type: [ChatTokenLogprob] })
  top_logprobs!: ChatTokenLogprob[];
}

export class ChatLogprobs {
  @ApiProperty({ description: 'Each token of the text.', type: [ChatTokenLogprobs] })
  content!: Iterable<ChatTokenLogprobs>;

  @ApiProperty({ description: 'Always null.', type: Object, nullable: true, example: null })
  refusal!: null;
}

export function toChatLogprobs(logprobs: readonly TokenLogprobs[]): ChatLogprobs {
  return { content: LazyList.map(logprobs, toChatTokenLogprobs), refusal: null };
}

function toChatTokenLogprobs({ top, ...chosen }: TokenLogprobs): ChatTokenLogprobs {
  return { ...toChatLogprob(chosen), top_logprobs: top.map(toChatLogprob) };
}

function toChatLogprob(entry: TokenLogprob): ChatTokenLogprob {
  return { token: tokenName(entry), logprob: entry.logprob, bytes: entry.bytes.length > 0 ? [...entry.bytes] : null };
}

/** Log probabilities of the tokens of a completion, in columns. */
export class CompletionLogprobs {
  @ApiProperty({ description: 'The tokens, named as those of chats.', type: [String], example: [' the', ' dog'] })
  tokens!: Iterable<string>;

  @ApiProperty({
    description: 'The natural logarithms of their probabilities.',
    type: 'array',
    items: { type: 'number', nullable: true },
    example: [-0.31, -2.7],
  })
  token_logprobs!: (number | null)[];

  @ApiProperty({
    description: 'The most likely tokens in the place of each.',
    type: 'array',
    items: { type: 'object', nullable: true, additionalProperties: { type: 'number' } },
    example: [{ ' the': -0.31 }, { ' cat': -1.9 }],
  })
  top_logprobs!: Iterable<Record<string, number> | null>;

  @ApiProperty({ description: 'Offset of each in the text, in characters.', type: [Number], example: [0, 4] })
  text_offset!: number[];
}

/** Makes the columns of one completion, which may come in pieces. */
export class CompletionLogprobsWriter {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private length = 0;

  /** The first token of a prompt has no log probabilities. */
  write(logprobs: readonly (TokenLogprobs | PromptLogprobs)[]): CompletionLogprobs {
    return {
      tokens: LazyList.map(logprobs, tokenName),
      token_logprobs: logprobs.map(({ logprob }) => logprob),
      // The chosen token is always among them, likely or not.
      top_logprobs: LazyList.map(logprobs, ({ top, logprob, ...chosen }) =>
        logprob === null
          ? null
          : Object.fromEntries([...top, { ...chosen, logprob }].map((entry) => [tokenName(entry), entry.logprob])),
      ),
      text_offset: logprobs.map(({ bytes }) => {
        const offset = this.length;
        this.length += this.decoder.decode(Uint8Array.from(bytes), { stream: true }).length;
        return offset;
      }),
    };
  }
}
