import type { Form } from './form.js';

export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A request of the form, as the API takes it: what is left empty is left out. */
export interface ApiRequest {
  path: '/v1/chat/completions' | '/v1/completions';
  body: Record<string, unknown>;
}

/** Alternatives of a token that the page asks for. */
const ALTERNATIVES = 5;

/** @param messages of a chat; of a completion, the last one's content is the prompt */
export function requestOf(form: Form, messages: readonly Message[]): ApiRequest {
  const common = {
    ...(form.model === '' ? {} : { model: form.model }),
    ...number('max_tokens', form.max_tokens),
    ...number('temperature', form.temperature),
    ...number('top_p', form.top_p),
    ...number('seed', form.seed),
    ...(form.stop === '' ? {} : { stop: form.stop.split(',').map(unescape) }),
  };
  if (form.mode === 'completion') {
    const logprobs = form.probabilities ? { logprobs: ALTERNATIVES } : {};
    const body = { ...common, prompt: messages.at(-1)?.content ?? '', ...logprobs };
    return { path: '/v1/completions', body };
  }
  const schema = parseSchema(form.schema);
  const body = {
    ...common,
    messages,
    ...(form.probabilities ? { logprobs: true, top_logprobs: ALTERNATIVES } : {}),
    ...(schema === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
  };
  return { path: '/v1/chat/completions', body };
}

/** The schema that a text is; `undefined` where it is empty or no JSON object. */
export function parseSchema(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function number(name: string, text: string): Record<string, number> {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? {} : { [name]: value };
}

/** A stop string as it is typed: `\n` is a line break. */
function unescape(text: string): string {
  return text.trim().replaceAll('\\n', '\n').replaceAll('\\t', '\t');
}
