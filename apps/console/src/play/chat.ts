import { computed, effect, signal } from '@preact/signals';
import { plural } from '../format/numbers.js';
import { requests } from '../live/live-store.js';
import { announce } from '../shell/announcer.js';
import { selected } from '../answer/selected-token.js';
import { Answer } from '../answer/answer.js';
import { dropOldAlternatives } from '../answer/kept-alternatives.js';
import { currentForm, draft } from '../request-form/form.js';
import { type Message, requestOf } from '../request-form/request-body.js';
import { streamAnswer } from '../answer/stream-answer.js';

/** A turn of the thread: what was sent, and the answer. */
export interface Turn {
  /** The typed text. */
  prompt: string;
  mode: 'chat' | 'completion';
  answer: Answer;
}

export const thread = signal<readonly Turn[]>([]);
let abort: AbortController | undefined;

export const isAnswering = computed(() => thread.value.at(-1)?.answer.isRunning ?? false);

/** The messages that a draft would be sent with. */
export function messagesWith(text: string): Message[] {
  const { mode, system } = currentForm.value;
  if (mode === 'completion') return [{ role: 'user', content: text }];
  const before = thread.value
    .filter((turn) => turn.mode === 'chat' && turn.answer.text !== '')
    .flatMap(({ prompt, answer }): Message[] => [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer.text },
    ]);
  const instructions: Message[] = system === '' ? [] : [{ role: 'system', content: system }];
  return [...instructions, ...before, { role: 'user', content: text }];
}

export async function sendText(text: string): Promise<void> {
  if (isAnswering.value || text.trim() === '') return;
  const form = currentForm.value;
  const request = requestOf(form, messagesWith(text));
  const answer = new Answer(form.model);
  abort = new AbortController();
  thread.value = [...thread.value, { prompt: text, mode: form.mode, answer }];
  selected.value = null;
  announce('Generating');
  await streamAnswer(answer, request, abort.signal);
  dropOldAlternatives(thread.value.map((turn) => turn.answer));
  announce(endText(answer));
}

/** Sends the draft; it comes back where the server did not take it. */
export async function sendDraft(): Promise<void> {
  const text = draft.value;
  if (isAnswering.value || text.trim() === '') return;
  draft.value = '';
  await sendText(text);
  const turn = thread.value.at(-1);
  if (turn?.answer.error.value?.status === 401 && draft.value === '') restore();
}

/** Sends the last turn again, in its place. */
export async function retry(): Promise<void> {
  const turn = thread.value.at(-1);
  if (!turn || turn.answer.isRunning) return;
  thread.value = thread.value.slice(0, -1);
  await sendText(turn.prompt);
}

/** Takes a turn that was not answered back into the composer. */
function restore(): void {
  const turn = thread.value.at(-1)!;
  draft.value = turn.prompt;
  thread.value = thread.value.slice(0, -1);
}

export function stop(): void {
  abort?.abort();
}

export function newChat(): void {
  stop();
  thread.value = [];
  selected.value = null;
}

function endText({ state, error, usage, tokens, sentAt, endedAt }: Answer): string {
  if (state.value === 'failed') return `Error: ${error.value?.message}`;
  if (state.value === 'stopped') return 'Stopped';
  const generated = usage.value?.completion_tokens ?? tokens.length;
  return `Answer complete, ${plural(generated, 'token')}, ${(((endedAt ?? sentAt) - sentAt) / 1000).toFixed(1)} seconds`;
}

/** Gives answers the server's records of their requests, for as long as they change. */
export function followRecords(): void {
  effect(() => {
    const open = thread.value.filter(({ answer }) => answer.requestId.value !== null && !answer.record.peek()?.end);
    if (open.length === 0) return;
    const byId = new Map(requests.value.map((request) => [request.id, request]));
    for (const { answer } of open) {
      const record = byId.get(answer.requestId.value!);
      if (record) answer.record.value = record;
    }
  });
}
