import { ApiError, ConnectionError, sendJson } from '../session/api.js';
import { readEvents } from '../session/sse.js';
import type { Answer, Piece, Usage } from './answer.js';
import type { ApiRequest } from '../request-form/request-body.js';

interface ChatToken {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number }[];
}

interface CompletionTokens {
  tokens: string[];
  token_logprobs: number[];
  top_logprobs: Record<string, number>[];
}

interface Chunk {
  choices: {
    delta?: { content?: string };
    text?: string;
    logprobs?: ({ content?: ChatToken[] | null } & Partial<CompletionTokens>) | null;
    finish_reason: string | null;
  }[];
  usage?: Usage | null;
  error?: { message: string; code?: string | null };
}

/** Sends a request, and fills an answer with what comes, until its end, an error, or an abort. */
export async function streamAnswer(answer: Answer, { path, body }: ApiRequest, signal: AbortSignal): Promise<void> {
  try {
    const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
    const response = await sendJson(path, streamed, signal);
    answer.requestId.value = response.headers.get('x-request-id');
    let isDone = false;
    for await (const { event, data } of readEvents(response.body!)) {
      if (data === '[DONE]') isDone = true;
      else if (event !== 'comment') read(answer, JSON.parse(data) as Chunk);
    }
    if (!isDone) throw new ConnectionError();
    answer.end('done');
  } catch (error) {
    if (signal.aborted) return answer.end('stopped');
    answer.end('failed', error instanceof ApiError ? error : new ConnectionError());
  }
}

function read(answer: Answer, { choices, usage, error }: Chunk): void {
  if (error) throw new ApiError(error.message, 200, error.code ?? 'error', undefined, true);
  if (usage) answer.usage.value = usage;
  for (const { delta, text, logprobs, finish_reason: reason } of choices) {
    if (reason !== null) answer.finishReason = reason;
    answer.add({ text: delta?.content ?? text ?? '', tokens: tokensOf(logprobs) });
  }
}

function tokensOf(logprobs: Chunk['choices'][number]['logprobs']): Piece['tokens'] {
  if (logprobs?.content) {
    return logprobs.content.map(({ token, logprob, bytes, top_logprobs: top }) => ({
      token,
      bytes,
      logprob,
      alternatives: top.map((other) => ({ text: other.token, logprob: other.logprob })),
    }));
  }
  const { tokens = [], token_logprobs: values = [], top_logprobs: tops = [] } = logprobs ?? {};
  return tokens.map((token, i) => ({
    token,
    bytes: null,
    logprob: values[i],
    alternatives: Object.entries(tops[i] ?? {}).map(([text, logprob]) => ({ text, logprob })),
  }));
}
