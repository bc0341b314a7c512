import { DTYPES, MAX_PROMPT_LOOKUP, type Precision, PROVIDERS, type ProviderOptions } from '@frontier/engine';
import type { ModelTask, Residency, ResidencyPolicy } from '@frontier/inference';
import { z } from 'zod';

/** Documentation of a key of a model. */
interface ModelKeyDocs {
  /** The expected value, in words. */
  expected: string;
  description: string;
}

/** Documentation of each key of a model. */
export const MODEL_KEY_DOCS = z.registry<ModelKeyDocs>();

const text = () => z.string().min(1);
const count = () => z.int().positive();
const precision = () => z.enum(['fp32', 'int8', 'int4'] satisfies Precision[]);
const provider = z.enum(PROVIDERS);
/** A timer cannot hold more. */
const MAX_KEEP_ALIVE_SEC = 2_000_000;

/** The keys of a model. docs/configuration.md and the chart's schema of values are generated from this table. */
export const MODEL_KEYS = {
  name: text().register(MODEL_KEY_DOCS, { expected: 'a text', description: 'Name of the model in requests.' }),
  path: text().register(MODEL_KEY_DOCS, {
    expected: 'a text',
    description:
      'A folder in the Hugging Face layout (`config.json`, `*.safetensors` or `*.onnx`, `tokenizer.json`), a GGUF file, of several the first, or an ONNX file, relative to the file; or a model of the Hugging Face Hub, `hf:org/name` or `hf:org/name/file.gguf`, either with `@revision`, which is downloaded. See [models](models.md).',
  }),
  aliases: z
    .array(text())
    .optional()
    .register(MODEL_KEY_DOCS, { expected: 'a list of texts', description: 'Further names.' }),
  task: z
    .enum(['generate', 'embed', 'classify', 'rerank', 'tensor'] satisfies ModelTask[])
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: '`generate`, `embed`, `classify`, `rerank` or `tensor`',
      description:
        'Task of the model; default: what it is made for. `tensor` runs an ONNX file by its own inputs and outputs, also one that has a tokenizer. A model that cannot do it is not served.',
    }),
  dtype: z
    .enum(DTYPES)
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: DTYPES.map((dtype) => `\`${dtype}\``).join(', '),
      description:
        'Which of the ONNX files of a folder is served, as the Hub names them; also where there are safetensors. Default: the first of these that is there.',
    }),
  precision: precision().optional().register(MODEL_KEY_DOCS, {
    expected: '`fp32`, `int8` or `int4`',
    description:
      'How its weights are computed with; quantised at load. Default: `fp32`; `int8` for GGUF files. ONNX files have their own. int8 and int4 are smaller and faster.',
  }),
  prefill_precision: precision().optional().register(MODEL_KEY_DOCS, {
    expected: '`fp32`, `int8` or `int4`',
    description:
      'What prompts are computed with; default: `int8` for `int4`, else as `precision`. Another one takes memory of its own: with `int8` beside `int4`, prompts are read three times as fast, for a byte more for each weight.',
  }),
  max_batch_size: count().max(1024).optional().register(MODEL_KEY_DOCS, {
    expected: 'a whole number, 1 to 1024',
    description:
      'Sequences, or texts, that share a pass at most; default: `BATCH_MAX_SIZE`. Requests to a model of tensors share passes only where it is set: it says that the first dimension is one of independent rows.',
  }),
  context_length: count().optional().register(MODEL_KEY_DOCS, {
    expected: 'a positive whole number',
    description:
      'Maximum tokens of prompt and completion together; at most what the model was made for; default: that, or 262,144 where it was made for more.',
  }),
  threads: count().optional().register(MODEL_KEY_DOCS, {
    expected: 'a positive whole number',
    description: 'Threads of one pass; default: all cores, or as many as the CPU limit of a container allows.',
  }),
  revision: text().optional().register(MODEL_KEY_DOCS, {
    expected: 'a text',
    description: 'Separates this version from others: a part of the keys of cached completions.',
  }),
  provider: z
    .union([provider, z.looseObject({ name: provider })])
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: '`cpu`, `cuda` or `webgpu`, or a mapping with such a `name` and options of ONNX Runtime',
      description:
        'Where passes run; default: `cpu`. The others take `fp32` and `int4`. One that the machine does not have stops the model.',
    }),
  fallback: z.literal('cpu').optional().register(MODEL_KEY_DOCS, {
    expected: '`cpu`',
    description: 'Runs on the CPU where the provider is not available; `/readyz` reports it.',
  }),
  speculation: z
    .strictObject({ prompt_lookup: z.int().min(0).max(MAX_PROMPT_LOOKUP) })
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: `a mapping with \`prompt_lookup\`, 0 to ${MAX_PROMPT_LOOKUP}`,
      description:
        'Speculative decoding of requests that name none: tokens that are drafted out of prompt and completion, and verified in one pass. Default: off. On the CPU; see [models](models.md#prompt-lookup).',
    }),
  residency: z
    .enum(['keep', 'on_demand'] satisfies ResidencyPolicy[])
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: '`keep` or `on_demand`',
      description:
        'When the model is in memory. `keep`, the default: from the start on. `on_demand`: from the first request for it, which waits for it, until others need its memory (`MODELS_MEMORY_BYTES`). See [models](models.md#models-come-and-go).',
    }),
  keep_alive: z
    .number()
    .positive()
    .max(MAX_KEEP_ALIVE_SEC)
    .optional()
    .register(MODEL_KEY_DOCS, {
      expected: `seconds, more than 0 and at most ${MAX_KEEP_ALIVE_SEC}`,
      description:
        'A model that is loaded `on_demand` leaves the memory after so many seconds without a request; default: it stays until others need its memory.',
    }),
  plugin: text().optional().register(MODEL_KEY_DOCS, {
    expected: 'a text',
    description:
      "A module that extends the model: a package, a file URL or a path, which begins with `/` or `.`; relative to the file. See the engine's README.",
  }),
};

const MODEL = z.strictObject(MODEL_KEYS).transform((entry) => ({
  name: entry.name,
  /** Absolute, or a model of a hub, once the file is read. */
  path: entry.path,
  aliases: entry.aliases ?? [],
  task: entry.task,
  /** Sequences that share a pass at most; default: `BATCH_MAX_SIZE`. */
  maxBatchSize: entry.max_batch_size,
  dtype: entry.dtype,
  precision: entry.precision,
  prefillPrecision: entry.prefill_precision,
  /** In tokens; default: the model's own. */
  contextLength: entry.context_length,
  /** Threads of one pass; default: those that the process may use. */
  threads: entry.threads,
  revision: entry.revision,
  provider: (typeof entry.provider === 'string' ? { name: entry.provider } : entry.provider) as
    ProviderOptions | undefined,
  fallback: entry.fallback,
  /** Tokens that are drafted at most, where a request names no other number. */
  promptLookup: entry.speculation?.prompt_lookup,
  /** The module of its plugin. */
  plugin: entry.plugin,
  residency: residencyOf(entry),
}));

/** A model that stays has no time after which it leaves. */
function residencyOf({
  residency: policy = 'keep',
  keep_alive,
}: {
  residency?: ResidencyPolicy | undefined;
  keep_alive?: number | undefined;
}): Residency {
  return policy === 'keep' ? { policy } : { policy, idleMs: keep_alive === undefined ? undefined : keep_alive * 1000 };
}

/** One entry of the models file. */
export type ModelEntry = z.output<typeof MODEL>;

/** The models file. */
export const MODELS_FILE = z.strictObject({
  /** Name of the default model; default: the first. */
  default: z.string().nullish(),
  models: z.array(MODEL).min(1),
});
