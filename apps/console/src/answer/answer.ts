import { signal } from '@preact/signals';
import type { ApiError } from '../session/api.js';
import type { LiveRequest } from '../live/live-events.js';
import { MAX_ANSWER_TOKENS, type Token } from './token.js';

type AnswerState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number };
}

/** A piece of a stream: text, and the tokens that it is made of where the server sends them. */
export interface Piece {
  text: string;
  tokens: { token: string; bytes: readonly number[] | null; logprob: number; alternatives: Token['alternatives'] }[];
}

let answers = 0;

/** An answer as it arrives. Its text is not a signal: it changes too often to be drawn each time. */
export class Answer {
  readonly key = (answers += 1);
  readonly model: string;
  readonly state = signal<AnswerState>('waiting');
  readonly error = signal<ApiError | null>(null);
  readonly usage = signal<Usage | null>(null);
  /** The server's record of the request, from the live stream. */
  readonly record = signal<LiveRequest | null>(null);
  readonly requestId = signal<string | null>(null);
  text = '';
  readonly tokens: Token[] = [];
  finishReason: string | null = null;
  /** Times of this browser, for where there is no live stream. */
  readonly sentAt = Date.now();
  firstAt: number | null = null;
  endedAt: number | null = null;
  /** Called after each piece. */
  onPiece: (() => void) | undefined;
  private readonly decoder = new TextDecoder();
  private tokensEnd = 0;

  constructor(model: string) {
    this.model = model;
  }

  add({ text, tokens }: Piece): void {
    if (text === '' && tokens.length === 0) return;
    this.firstAt ??= Date.now();
    // Text may come without tokens, and later than its tokens.
    if (tokens.length > 0) this.tokensEnd = Math.max(this.tokensEnd, this.text.length);
    this.text += text;
    for (const token of tokens) this.addToken(token);
    if (this.state.value === 'waiting') this.state.value = 'streaming';
    this.onPiece?.();
  }

  end(state: AnswerState, error: ApiError | null = null): void {
    this.endedAt = Date.now();
    this.error.value = error;
    // Tokens cut off by a stop string have no text.
    for (const token of this.tokens) {
      token.start = Math.min(token.start, this.text.length);
      token.end = Math.min(token.end, this.text.length);
    }
    this.state.value = state;
    this.onPiece?.();
  }

  get isRunning(): boolean {
    return this.state.value === 'waiting' || this.state.value === 'streaming';
  }

  /** The token that a place in the text belongs to. */
  tokenAt(offset: number): number {
    return this.tokens.findIndex(({ start, end }) => start <= offset && offset < end);
  }

  private addToken({ token, bytes, logprob, alternatives }: Piece['tokens'][number]): void {
    if (this.tokens.length >= MAX_ANSWER_TOKENS) return;
    // Bytes of a character that is split over tokens belong to the token that ends it.
    const decoded = bytes ? this.decoder.decode(Uint8Array.from(bytes), { stream: true }) : token;
    const start = this.tokensEnd;
    this.tokensEnd += decoded.length;
    this.tokens.push({ text: token, start, end: this.tokensEnd, logprob, alternatives });
  }
}
