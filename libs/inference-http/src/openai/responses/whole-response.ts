import { type AnswerForm, AnswerReader, type Completion } from '@frontier/inference';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { OutputItems } from './output-items.js';
import { endedResponse, type ResponseObject } from './response.object.js';

/** The response of a whole answer: that which its stream ends with. */
export function wholeResponse(
  begun: ResponseObject,
  { choices: [{ text, finishReason, logprobs }], usage }: Completion,
  { form, withLogprobs }: { form: AnswerForm; withLogprobs: boolean },
): ResponseObject {
  const reader = new AnswerReader(form);
  const items = new OutputItems(withLogprobs);
  const listed = withLogprobs ? [...toChatLogprobs(logprobs).content] : [];
  for (const part of [...reader.push(text), ...reader.end()]) {
    for (const _ of items.add(part, part.type === 'text' ? listed.splice(0) : []));
  }
  for (const _ of items.end(finishReason === 'length'));
  return endedResponse(begun, items.items, { reason: finishReason, usage });
}
