import type { ServerClient } from '../client/server-client.js';
import { eventsOf } from '../client/event-stream.js';
import { durationText, tokenRate } from '../text/numbers.js';

/** A message of a chat, as in the API. */
export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** Fields of a request beside its messages, by the names of the API. */
export type ChatSettings = Record<string, unknown>;

/** A token and how likely it was. */
export interface TokenChance {
  token: string;
  logprob: number;
}

/** An answer that has ended. */
export interface ChatAnswer {
  text: string;
  promptTokens: number | undefined;
  completionTokens: number | undefined;
  firstMs: number | undefined;
  totalMs: number;
  chances: TokenChance[];
}

interface Chunk {
  choices: { delta?: { content?: string }; logprobs?: { content?: TokenChance[] | null } | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: { message: string };
}

/** A chat with a model: sends messages and keeps answers. */
export class Chat {
  readonly settings: ChatSettings = {};
  messages: Message[] = [];

  constructor(
    private readonly client: ServerClient,
    public model: string,
  ) {}

  /** Sets the system message; an empty text removes it. */
  set system(text: string) {
    const others = this.messages.filter(({ role }) => role !== 'system');
    this.messages = text === '' ? others : [{ role: 'system', content: text }, ...others];
  }

  /** Forgets all but the system message. */
  clear(): void {
    this.messages = this.messages.filter(({ role }) => role === 'system');
  }

  /** Removes the last message and its answer, and returns the message. */
  retract(): string | undefined {
    if (this.messages.at(-1)?.role === 'assistant') this.messages.pop();
    return this.messages.at(-1)?.role === 'user' ? this.messages.pop()!.content : undefined;
  }

  /** The whole response of the API, for machines. */
  complete(text: string, signal: AbortSignal): Promise<unknown> {
    const messages = [...this.messages, { role: 'user', content: text }];
    const body = { model: this.model, messages, ...this.settings };
    return this.client.json('/v1/chat/completions', { method: 'POST', body, signal });
  }

  /**
   * Sends a message, and calls back with the text of the answer as it comes. An aborted answer is kept as far as it came; after a failure the chat is as
   * before.
   */
  async send(text: string, onText: (text: string) => void, signal: AbortSignal): Promise<ChatAnswer> {
    const startedAt = performance.now();
    const messages: Message[] = [...this.messages, { role: 'user', content: text }];
    const answer: ChatAnswer = {
      text: '',
      promptTokens: undefined,
      completionTokens: undefined,
      firstMs: undefined,
      totalMs: 0,
      chances: [],
    };
    try {
      const stream = { stream: true, stream_options: { include_usage: true } };
      const body = { model: this.model, messages, ...this.settings, ...stream };
      const response = await this.client.send('/v1/chat/completions', { method: 'POST', body, signal });
      for await (const { data } of eventsOf(response)) {
        if (data === '[DONE]') break;
        const piece = read(JSON.parse(data) as Chunk, answer);
        if (piece === '') continue;
        answer.firstMs ??= performance.now() - startedAt;
        onText(piece);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    answer.totalMs = performance.now() - startedAt;
    this.messages = [...messages, { role: 'assistant', content: answer.text }];
    return answer;
  }
}

/** Adds a chunk to an answer, and returns its text. */
function read({ choices, usage, error }: Chunk, answer: ChatAnswer): string {
  if (error) throw new Error(error.message);
  if (usage) {
    answer.promptTokens = usage.prompt_tokens;
    answer.completionTokens = usage.completion_tokens;
  }
  const [choice] = choices;
  answer.chances.push(...(choice?.logprobs?.content ?? []));
  const text = choice?.delta?.content ?? '';
  answer.text += text;
  return text;
}

/** Tokens and speed in a few words: `7+15 tok · first 46 ms · 97/s`. */
export function speedText({ promptTokens, completionTokens, firstMs, totalMs }: ChatAnswer): string {
  if (firstMs === undefined || completionTokens === undefined) return 'stopped';
  const parts = [`${promptTokens}+${completionTokens} tok`, `first ${durationText(firstMs)}`];
  const rate = tokenRate(completionTokens, totalMs - firstMs);
  return [...parts, ...(rate === undefined ? [] : [rate])].join(' · ');
}
