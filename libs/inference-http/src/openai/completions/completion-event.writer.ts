import type { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import type { GenerationEvent } from '@frontier/inference';
import type { CompletionParts } from './completion.response.js';
import { EchoWriter } from './echo.js';
import type { EventWriter } from '../../generation/generation-events.js';
import { toOpenAiError } from '../errors/openai-error.js';
import type { StreamOptions } from '../request/stream-options.js';
import type { TextCompletionChunk } from '../response/chunks.js';
import type { CompletionEnvelope } from '../response/completion-envelope.js';
import { CompletionLogprobsWriter } from '../response/token-logprobs.js';
import { StreamUsage } from '../response/usage.js';

/** Writes the chunks of a streamed completion, its prompts mixed as they come; `[DONE]` at the end. */
export class CompletionEventWriter implements EventWriter {
  private readonly usage: StreamUsage;
  private readonly writers = new Map<number, CompletionLogprobsWriter>();
  private readonly echo: EchoWriter;

  /** @param n completions of each prompt */
  constructor(
    private readonly envelope: CompletionEnvelope,
    private readonly n: number,
    options: StreamOptions,
    private readonly parts: Pick<CompletionParts, 'withLogprobs' | 'echo' | 'promptIds'>,
  ) {
    this.echo = new EchoWriter(parts.echo);
    this.usage = new StreamUsage(options);
  }

  *write(event: GenerationEvent, prompt: number): Generator<ServerSentEvent> {
    const { finished } = event;
    const index = prompt * this.n + event.index;
    const { text, logprobs } = this.echo.piece(event, prompt, index);
    this.usage.add(event, prompt);
    if (!text && logprobs.length === 0 && !finished) return;
    const { withLogprobs, promptIds, echo } = this.parts;
    const isFirst = !this.writers.has(index);
    const writer = this.writers.get(index) ?? new CompletionLogprobsWriter();
    this.writers.set(index, writer);
    const ids = promptIds && {
      token_ids: echo?.isAlone ? [] : (event.logprobs ?? []).map(({ token }) => token),
      ...(isFirst && { prompt_token_ids: promptIds[prompt] }),
    };
    const listed = withLogprobs ? writer.write(logprobs) : null;
    const choice = { index, text, logprobs: listed, finish_reason: finished?.reason ?? null, ...ids };
    yield { data: this.object([choice], this.usage.inEachChunk()) };
  }

  *end(): Generator<ServerSentEvent> {
    for (const usage of this.usage.inLastChunk()) yield { data: this.object([], { usage }) };
    yield { data: '[DONE]' };
  }

  fault(error: AppError): ServerSentEvent {
    return { data: toOpenAiError(error, '/v1/completions').body };
  }

  private object(
    choices: TextCompletionChunk['choices'],
    usage: Pick<TextCompletionChunk, 'usage'>,
  ): TextCompletionChunk {
    return { ...this.envelope, object: 'text_completion', choices, ...usage };
  }
}
