import type { FieldError } from '@frontier/errors';

/** Fields of other servers that would change a vector, and their substitutes. To ignore one would answer another request. */
const REFUSED: Readonly<Record<string, string>> = {
  embedding_type: 'use encoding_format',
  embedding_types: 'use encoding_format',
  input_type: "use prompt_name with one of the model's prompts",
  instruction: 'write it before the text, or use prompt_name',
  late_chunking: 'send each part as an input',
  messages: 'send their texts as input',
  output_dimension: 'use dimensions',
  output_dtype: 'vectors are 32-bit floats',
  task: "use prompt_name with one of the model's prompts",
  truncate: 'use truncate_prompt_tokens',
};

/** The fields of a body of `/v1/embeddings` that ask for what it does not have under this name. */
export function refusedEmbeddingFields(body: object): FieldError[] {
  return Object.entries(body)
    .filter(([field, value]) => Object.hasOwn(REFUSED, field) && value !== null && value !== false)
    .map(([field]) => ({ pointer: `/${field}`, detail: `${field} is not supported: ${REFUSED[field]}` }));
}

/** Fields of a body that its class does not declare. Encoders know none of the fields of routes that generate. */
export function undeclaredFields(given: object, known: object): string[] {
  return Object.keys(given).filter((field) => !(field in known) && given[field as never] !== null);
}
