import { type AnswerForm, AnswerReader, type Choice, type Completion, type TokenLogprobs } from '@frontier/inference';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { OutputItems, type OutputOptions } from './output-items.js';
import { endedResponse, type ResponseObject } from './response.object.js';

/** The response of a whole answer: that which its stream ends with. */
export function wholeResponse(
  begun: ResponseObject,
  { choices: [choice], usage }: Completion,
  { form, ...options }: { form: AnswerForm } & OutputOptions,
): ResponseObject {
  const reader = new AnswerReader(form);
  const items = new OutputItems(options);
  for (const { text, logprobs } of options.withLogprobs ? byToken(choice) : [choice]) {
    items.addLogprobs([...toChatLogprobs(logprobs).content]);
    for (const part of reader.push(text)) for (const _ of items.add(part));
  }
  for (const part of reader.end()) for (const _ of items.add(part));
  const { finishReason: reason } = choice;
  for (const _ of items.end(reason === 'length'));
  return endedResponse(begun, items.items, { reason, usage });
}

/** The text of an answer token by token, so that each log probability comes to the part that its token is of. */
function byToken({ text, logprobs }: Choice): { text: string; logprobs: TokenLogprobs[] }[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let left = text;
  const pieces = logprobs.map((logprob) => {
    const piece = decoder.decode(Uint8Array.from(logprob.bytes), { stream: true });
    // Tokens may have more text than the answer, which a stop string cuts, or less: marks that are special tokens.
    const taken = left.startsWith(piece) ? piece : '';
    left = left.slice(taken.length);
    return { text: taken, logprobs: [logprob] };
  });
  return [...pieces, { text: left, logprobs: [] }];
}
