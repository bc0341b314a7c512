import type { FieldError } from '@frontier/errors';

/**
 * Fields of request bodies that other servers of this API know and this one does not have. A field that would
 * change the completion is refused: to ignore it would complete another request than the caller's. One that changes nothing
 * is ignored. Names that are in neither table pass with a `Warning` header.
 */

/** Fields that change nothing in a completion. */
export const IGNORED_FIELDS: Readonly<Record<string, string>> = {
  background: 'the route responds when the completion is there',
  cache_prompt: 'prompts are kept as the server is configured',
  client_metadata: "the client's own notes",
  data_parallel_rank: 'the server chooses where a request runs',
  guided_decoding_backend: 'there is one',
  guided_whitespace_pattern: 'completions of a schema have no white space',
  id_slot: 'the server chooses where a request runs',
  include_reasoning: 'reasoning is apart from the text',
  keep_alive: 'models stay loaded',
  log_metrics: 'metrics are at /metrics',
  mm_processor_kwargs: 'there are no images',
  prediction: 'a hint for speed',
  prompt_cache_key: 'a hint for speed',
  prompt_cache_retention: 'a hint for speed',
  request_id: 'the header X-Request-ID names a request',
  rid: 'the header X-Request-ID names a request',
  return_cached_tokens_details: 'usage has no details of cached tokens',
  return_progress: 'progress is not reported',
  safety_identifier: 'end users are not tracked',
  separate_reasoning: 'reasoning is apart from the text',
  service_tier: 'there is one; see priority',
  slot_id: 'the server chooses where a request runs',
  spaces_between_special_tokens: 'tokens are joined as they are',
  store: 'completions are not stored',
  stream_reasoning: 'reasoning is streamed as it comes',
  timings_per_token: 'timings are in the header Server-Timing',
  verbosity: 'a hint for models that know it',
};

/** A field that would change the completion. */
interface RefusedField {
  /** The unsupported feature, or its substitute. */
  why: string;
  /** Values that request nothing, beside null. */
  defaults: readonly unknown[];
  /** A value that requests something; for tests. */
  example: unknown;
}

const refused = (why: string, example: unknown, ...defaults: unknown[]): RefusedField => ({ why, example, defaults });
const NO_TOOLS = 'tools belong to /v1/chat/completions';
const NO_FUNCTIONS = 'use tools and tool_choice';
const NO_GRAMMAR = 'a JSON schema is the only structure of completions; use response_format';
const NO_SAMPLER = 'this server does not have this sampler';
const NO_ADAPTER = 'this server has no adapters';
const NO_IMAGES = 'this server takes text only';

/** Fields that would change the completion: 400, unless their value requests nothing. */
export const REFUSED_FIELDS: Readonly<Record<string, RefusedField>> = {
  // OpenAI's own
  tools: refused(NO_TOOLS, [{ type: 'function', function: { name: 'f' } }], []),
  tool_choice: refused(NO_TOOLS, 'required', 'auto', 'none'),
  functions: refused(NO_FUNCTIONS, [{ name: 'f' }], []),
  function_call: refused(NO_FUNCTIONS, { name: 'f' }, 'auto', 'none'),
  modalities: refused('this server generates text only', ['audio'], ['text']),
  audio: refused('this server generates text only', { voice: 'alloy' }),
  web_search_options: refused('this server does not search', {}),
  moderation: refused('this server does not moderate', { model: 'x' }),
  echo: refused('the completion never repeats the prompt', true, false),
  suffix: refused('nothing can be inserted before a text', 'end', ''),
  best_of: refused('all completions are sent; use n', 2, 1),
  // vLLM
  bad_words: refused('use logit_bias with the ids of tokens', ['no'], []),
  chat_template: refused("conversations are written with the model's own template", '{{ messages }}'),
  custom_logit_processor: refused('no code is taken from requests', 'x'),
  documents: refused('write them into a message', [{ text: 'x' }], []),
  early_stopping: refused('this server has no beam search', true, false),
  guided_choice: refused(NO_GRAMMAR, ['yes', 'no'], []),
  guided_grammar: refused(NO_GRAMMAR, 'root ::= "x"'),
  guided_regex: refused(NO_GRAMMAR, 'a+'),
  kv_transfer_params: refused('this server keeps what it computes', {}),
  length_penalty: refused('this server has no beam search', 2, 1),
  prompt_embeds: refused('this server takes text and token ids', 'x', []),
  prompt_logprobs: refused('prompts have log probabilities on /v1/completions', 1, 0, false),
  repetition_detection: refused('use repetition_penalty', {}),
  return_token_ids: refused('ids are returned on /v1/completions', true, false),
  return_tokens_as_token_ids: refused('tokens are named by their text', true, false),
  structural_tag: refused(NO_GRAMMAR, 'x'),
  use_beam_search: refused('this server has no beam search', true, false),
  vllm_xargs: refused('this server has no such arguments', { a: 1 }, {}),
  // SGLang
  custom_params: refused('no code is taken from requests', { a: 1 }, {}),
  ebnf: refused(NO_GRAMMAR, 'root ::= "x"'),
  lora_path: refused(NO_ADAPTER, 'x'),
  no_stop_trim: refused('use include_stop_str_in_output', true, false),
  regex: refused(NO_GRAMMAR, 'a+'),
  return_hidden_states: refused('completions are text', true, false),
  session_params: refused('requests have no session', { id: 'x' }, {}),
  stop_regex: refused('use stop with texts', 'a+', []),
  // llama.cpp
  adapter_id: refused(NO_ADAPTER, 'x'),
  chat_format: refused("conversations are written with the model's own template", 1, 0),
  dry_allowed_length: refused(NO_SAMPLER, 3, 2),
  dry_base: refused(NO_SAMPLER, 2, 1.75),
  dry_multiplier: refused(NO_SAMPLER, 0.8, 0),
  dry_penalty_last_n: refused(NO_SAMPLER, 64, -1),
  dry_sequence_breakers: refused(NO_SAMPLER, ['x'], ['\n', ':', '"', '*']),
  dynatemp_exponent: refused(NO_SAMPLER, 2, 1),
  dynatemp_range: refused(NO_SAMPLER, 0.5, 0),
  grammar: refused(NO_GRAMMAR, 'root ::= "x"', ''),
  image_data: refused(NO_IMAGES, [{ data: 'x' }], []),
  input_extra: refused('nothing can be inserted before a text', [{ text: 'x' }], []),
  input_prefix: refused('nothing can be inserted before a text', 'x', ''),
  input_suffix: refused('nothing can be inserted before a text', 'x', ''),
  lora: refused(NO_ADAPTER, [{ id: 0, scale: 1 }], []),
  min_keep: refused(NO_SAMPLER, 2, 0),
  mirostat: refused(NO_SAMPLER, 2, 0),
  mirostat_eta: refused(NO_SAMPLER, 0.2, 0.1),
  mirostat_tau: refused(NO_SAMPLER, 4, 5),
  multimodal_data: refused(NO_IMAGES, ['x'], []),
  n_discard: refused('a prompt that is too long is refused; use truncate_prompt_tokens', 8, 0),
  n_indent: refused('use response_format', 2, 0),
  n_keep: refused('a prompt that is too long is refused; use truncate_prompt_tokens', 8, 0),
  n_predict: refused('use max_tokens', 8, -1),
  n_probs: refused('use logprobs', 3, 0),
  parse_tool_calls: refused(NO_TOOLS, true, false),
  penalize_nl: refused(NO_SAMPLER, true, false),
  post_sampling_probs: refused("log probabilities are the model's own", true, false),
  reasoning_format: refused('reasoning is a part of the text', 'deepseek', 'none', 'auto'),
  repeat_last_n: refused('penalties cover the whole text', 32, 64, -1),
  repeat_penalty: refused('use repetition_penalty', 1.2, 1),
  response_fields: refused('responses have all fields', ['content'], []),
  sampler_seq: refused('the order of samplers is fixed', 'kt'),
  samplers: refused('the order of samplers is fixed', ['top_k']),
  t_max_predict_ms: refused('use the header X-Request-Timeout-Ms', 100, 0),
  thinking_forced_open: refused('use chat_template_kwargs', true, false),
  tfs_z: refused(NO_SAMPLER, 0.9, 1),
  top_n_sigma: refused(NO_SAMPLER, 1, -1),
  typical_p: refused(NO_SAMPLER, 0.9, 1),
  xtc_probability: refused(NO_SAMPLER, 0.5, 0),
  xtc_threshold: refused(NO_SAMPLER, 0.2, 0.1),
  // Text Generation Inference
  decoder_input_details: refused('only the tokens of completions have log probabilities', true, false),
  do_sample: refused('use temperature', false, true),
  return_full_text: refused('the completion never repeats the prompt', true, false),
  tool_prompt: refused(NO_TOOLS, 'x'),
  top_n_tokens: refused('use top_logprobs', 3, 0),
  truncate: refused('use truncate_prompt_tokens', 8),
  watermark: refused('completions have no watermark', true, false),
  // Ollama, Mistral
  context: refused('send the conversation', [1], []),
  format: refused('use response_format', 'json', ''),
  images: refused(NO_IMAGES, ['x'], []),
  options: refused('use the fields of this API', { num_ctx: 1 }, {}),
  prompt_mode: refused('use chat_template_kwargs', 'reasoning'),
  random_seed: refused('use seed', 7),
  raw: refused('use /v1/completions', true, false),
  safe_prompt: refused('write it into a message', true, false),
  template: refused("conversations are written with the model's own template", '{{ x }}', ''),
  think: refused('use chat_template_kwargs', true),
};

/**
 * The fields of a body that request an unsupported feature.
 * @param own fields that its route has, though others have not
 */
export function refusedFields(body: object, own: readonly string[] = []): FieldError[] {
  return Object.entries(body).flatMap(([field, value]) => {
    const rule = Object.hasOwn(REFUSED_FIELDS, field) && !own.includes(field) ? REFUSED_FIELDS[field] : undefined;
    if (!rule || value === null || value === undefined || rule.defaults.some((known) => isSame(known, value)))
      return [];
    return [{ pointer: `/${field}`, detail: `${field} is not supported: ${rule.why}` }];
  });
}

/** Unknown fields of a body: neither in its class nor in the tables. */
export function unknownFields(given: object, known: object): string[] {
  return Object.keys(given).filter(
    (field) => !(field in known) && !Object.hasOwn(IGNORED_FIELDS, field) && !Object.hasOwn(REFUSED_FIELDS, field),
  );
}

/** Values of JSON; those that are given may be large, the known ones are not. */
function isSame(known: unknown, given: unknown): boolean {
  if (typeof known !== 'object' || known === null) return known === given;
  if (typeof given !== 'object' || given === null || Array.isArray(known) !== Array.isArray(given)) return false;
  const keys = Object.keys(known);
  return (
    keys.length === Object.keys(given).length &&
    keys.every((key) => isSame((known as Record<string, unknown>)[key], (given as Record<string, unknown>)[key]))
  );
}
