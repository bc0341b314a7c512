import { expect } from 'vitest';
import type { TestServer } from './server.ts';

interface Answer {
  choices: { message: { content: string }; finish_reason: string }[];
}

/** Chats with a `response_format`. */
export class StructuredAnswers {
  /** Makes the bundled model close strings, lists and objects, which it never does by itself. */
  readonly logitBias: Readonly<Record<number, number>>;
  /** The token of `}`. */
  readonly closing: number;
  private readonly server: TestServer;

  private constructor(server: TestServer, logitBias: Readonly<Record<number, number>>, closing: number) {
    this.server = server;
    this.logitBias = logitBias;
    this.closing = closing;
  }

  static async of(server: TestServer): Promise<StructuredAnswers> {
    const tokens: number[] = [];
    for (const prompt of ['"', ']', '}']) {
      const response = await server.post('/tokenize', { prompt, add_special_tokens: false });
      tokens.push(((await response.json()) as { tokens: number[] }).tokens[0]);
    }
    const logitBias = Object.fromEntries(tokens.map((token) => [token, 6]));
    return new StructuredAnswers(server, logitBias, tokens[2]);
  }

  async ask(response_format: object, settings: object): Promise<Answer['choices']> {
    const messages = [{ role: 'user', content: 'Once upon a time' }];
    const body = { messages, response_format, logit_bias: this.logitBias, ...settings };
    const response = await this.server.post('/v1/chat/completions', body);
    const text = await response.text();
    expect([response.status, response.status === 200 ? '' : text]).toEqual([200, '']);
    return (JSON.parse(text) as Answer).choices;
  }
}
