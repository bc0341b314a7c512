import { Engine, type GenerationRequest, loadModel, loadTokenizer, type ModelOptions } from '@frontier/engine';
import { join } from 'node:path';

/** The folder of the bundled model. */
const STORYTELLER = join(import.meta.dirname, '../../models/storyteller');

const tokenizer = loadTokenizer(STORYTELLER);

/** Requests that arrive while others run, more than a batch of three holds. */
export const ARRIVALS: GenerationRequest[] = [
  { id: 'short', prompt: tokenizer.encode('Once upon a time'), params: { maxNewTokens: 12 } },
  {
    id: 'long',
    prompt: tokenizer.encode('Lily and her mother went to the market to buy some apples. '.repeat(6)),
    params: { maxNewTokens: 9 },
  },
  { id: 'two', prompt: tokenizer.encode('The little dog'), n: 2, params: { maxNewTokens: 10 } },
  { id: 'late', prompt: tokenizer.encode('Tom'), priority: 'high', params: { maxNewTokens: 20, ignoreEos: true } },
];

/** The greedy text of each answer of the bundled model, when a request arrives every three steps. */
export async function greedyTexts(
  options: Partial<ModelOptions>,
  requests: readonly GenerationRequest[] = ARRIVALS,
): Promise<Record<string, string>> {
  const model = await loadModel({ path: STORYTELLER, maxBatchSize: 3, contextLength: 256, ...options });
  try {
    const engine = new Engine(model);
    const answers: Record<string, string> = {};
    for (let step = 0; step < 3 * requests.length || engine.hasWork; step++) {
      const arriving = requests[step / 3];
      if (arriving) engine.add({ ...arriving, params: { temperature: 0, ...arriving.params } });
      for (const { id, index, text, error } of (await engine.step())?.outputs ?? []) {
        if (error) throw new Error(error.message);
        answers[`${id}#${index}`] = (answers[`${id}#${index}`] ?? '') + text;
      }
    }
    return answers;
  } finally {
    await model.runner.release();
  }
}

/** Requests of equal form, each with its own beginning. */
export function manyRequests(count: number): GenerationRequest[] {
  const names = ['Tom', 'Lily', 'Ben', 'Mia', 'Sam', 'Anna', 'Max', 'Sue'];
  return Array.from({ length: count }, (_, i) => ({
    id: String(i),
    prompt: tokenizer.encode(`${names[i % 8]} had ${i + 2} ${i % 3 === 0 ? 'red apples' : 'little dogs'} and`),
    params: { maxNewTokens: 16 + (i % 5), ignoreEos: true },
  }));
}
