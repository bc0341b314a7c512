import type { AnswerForm } from '@frontier/engine';
import type { AnswerEvent } from './answer-event.js';
import { AnswerReader } from './answer-reader.js';

/** A call of a tool that an answer has. */
export interface AnsweredCall {
  id: string;
  name: string;
  /** JSON. */
  arguments: string;
}

/** A whole answer by its parts; calls that were cut are left out. */
export interface Answer {
  text: string;
  reasoning: string;
  calls: AnsweredCall[];
}

/** The form of an answer without calls and thoughts. */
export const PLAIN_ANSWER: AnswerForm = { isTriggered: false, thinking: 'none' };

/** Reads a whole answer. */
export function readAnswer(text: string, form: AnswerForm): Answer {
  const reader = new AnswerReader(form);
  const answer: Answer = { text: '', reasoning: '', calls: [] };
  for (const event of [...reader.push(text), ...reader.end()]) add(answer, event);
  answer.calls.length = reader.callCount;
  return answer;
}

function add(answer: Answer, event: AnswerEvent): void {
  switch (event.type) {
    case 'text':
    case 'reasoning':
      answer[event.type] += event.text;
      break;
    case 'call':
      answer.calls.push({ id: event.id, name: event.name, arguments: '' });
      break;
    case 'arguments':
      answer.calls[event.call].arguments += event.text;
      break;
    case 'call_end':
  }
}
