import { messageOf } from '@frontier/errors';
import {
  type EnginePlugin,
  type LogitsProcessor,
  type LogitsProcessorContext,
  type LogitsProcessorRequest,
  MAX_LOGITS_PROCESSORS,
  MAX_PARAMETERS_BYTES,
  type OutputTransform,
} from './engine-plugin.js';
import { logitsProcessorRefused, pluginFailed } from './plugin.errors.js';

/** A logits processor of one sequence, and its name for messages. */
export interface NamedProcessor extends LogitsProcessor {
  readonly name: string;
}

/**
 * Makes the logits processors that a request names, for one sequence.
 * @throws `invalid_request` for an unknown name, too many, too large parameters, and those that a processor refuses
 */
export function createLogitsProcessors(
  requests: readonly LogitsProcessorRequest[],
  plugin: EnginePlugin | undefined,
  context: Omit<LogitsProcessorContext, 'parameters'>,
): NamedProcessor[] {
  if (requests.length > MAX_LOGITS_PROCESSORS) {
    throw logitsProcessorRefused(
      `The request names ${requests.length} logits processors; at most ${MAX_LOGITS_PROCESSORS} are allowed.`,
    );
  }
  return requests.map(({ name, parameters = {} }) => {
    const factories = plugin?.logitsProcessors ?? {};
    if (!Object.hasOwn(factories, name)) throw unknownProcessor(name, Object.keys(factories));
    assertParameters(name, parameters);
    let processor: LogitsProcessor;
    try {
      // Its own copy: the request may be started again, and other sequences have the same one.
      processor = factories[name]({ ...context, parameters: structuredClone(parameters) });
    } catch (error) {
      throw logitsProcessorRefused(`The logits processor "${name}" refuses the request: ${messageOf(error)}`);
    }
    return { name, process: (logits, tokens) => processor.process(logits, tokens) };
  });
}

/**
 * Applies logits processors in their order.
 * @returns the index of the largest logit, the lowest of equals
 * @throws `plugin_failed` where one throws or leaves a logit that is neither finite nor `-Infinity`
 */
export function processLogits(
  logits: Float32Array,
  processors: readonly NamedProcessor[],
  tokens: readonly number[],
): number {
  let best = 0;
  for (const processor of processors) {
    const { name } = processor;
    try {
      processor.process(logits, tokens);
    } catch (error) {
      throw pluginFailed(`logits processor "${name}"`, error);
    }
    best = 0;
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i];
      if (logit > logits[best]) best = i;
      else if (Number.isNaN(logit)) best = failNotFinite(name);
    }
    if (logits[best] === Infinity) failNotFinite(name);
  }
  return best;
}

/** The output transform of one sequence, guarded so that its failure is `plugin_failed`. */
export function createOutputTransform(
  plugin: EnginePlugin | undefined,
  promptTokens: readonly number[],
): OutputTransform | undefined {
  if (!plugin?.output) return undefined;
  const transform = guarded(() => plugin.output!({ promptTokens }));
  return {
    write: (text) => asText(guarded(() => transform.write(text))),
    end: () => asText(guarded(() => transform.end())),
  };
}

function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw pluginFailed('output transform', error);
  }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw pluginFailed('output transform', `it returned a value of type ${typeof value} in place of text`);
}

function failNotFinite(name: string): never {
  throw pluginFailed(`logits processor "${name}"`, 'it left a logit that is neither a finite number nor -Infinity');
}

function unknownProcessor(name: string, known: readonly string[]): Error {
  const list = known.length === 0 ? 'it has none' : `it has ${known.map((other) => `"${other}"`).join(', ')}`;
  return logitsProcessorRefused(`This model has no logits processor ${JSON.stringify(name.slice(0, 64))}; ${list}.`);
}

function assertParameters(name: string, parameters: unknown): void {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw logitsProcessorRefused(`The parameters of the logits processor "${name}" must be an object.`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(parameters));
  if (bytes > MAX_PARAMETERS_BYTES) {
    throw logitsProcessorRefused(
      `The parameters of the logits processor "${name}" have ${bytes} bytes; at most ${MAX_PARAMETERS_BYTES} are allowed.`,
    );
  }
}
