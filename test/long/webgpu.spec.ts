import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Engine,
  type GenerationRequest,
  loadModel,
  type LoadedModel,
  loadTokenizer,
  type ModelOptions,
} from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../models/storyteller');

/** The software driver that comes with Debian's Chromium. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const hasDriver = existsSync(DRIVER);
if (hasDriver) process.env.VK_ICD_FILENAMES ??= DRIVER;
if (!hasDriver && process.env.REQUIRE_WEBGPU === 'true') throw new Error(`${DRIVER} is missing.`);

const tokenizer = loadTokenizer(FOLDER);

const REQUESTS: GenerationRequest[] = [
  { id: 'short', prompt: tokenizer.encode('Once upon a time'), params: { maxNewTokens: 12 } },
  {
    id: 'long',
    prompt: tokenizer.encode('Lily and her mother went to the market to buy some apples. '.repeat(6)),
    params: { maxNewTokens: 9 },
  },
  { id: 'two', prompt: tokenizer.encode('The little dog'), n: 2, params: { maxNewTokens: 10 } },
  { id: 'late', prompt: tokenizer.encode('Tom'), priority: 'high', params: { maxNewTokens: 20, ignoreEos: true } },
];

describe.skipIf(!hasDriver)(`the WebGPU provider (skipped without ${DRIVER})`, () => {
  let model: LoadedModel | undefined;
  afterEach(async () => {
    await model?.runner.release();
    model = undefined;
  });

  /** The text of each answer, when they come and go while others run. */
  async function texts(options: Partial<ModelOptions>, requests = REQUESTS): Promise<Record<string, string>> {
    model = await loadModel({ path: FOLDER, maxBatchSize: 3, contextLength: 256, ...options });
    const engine = new Engine(model);
    const answers: Record<string, string> = {};
    for (let step = 0; step < 12 || engine.hasWork; step++) {
      const arriving = requests[step / 3];
      if (arriving) engine.add({ ...arriving, params: { temperature: 0, ...arriving.params } });
      for (const { id, index, text, error } of (await engine.step())?.outputs ?? []) {
        if (error) throw new Error(error.message);
        answers[`${id}#${index}`] = (answers[`${id}#${index}`] ?? '') + text;
      }
    }
    await model.runner.release();
    model = undefined;
    return answers;
  }

  it('generates what the CPU does, over arrivals, ends, copies and preemptions', async () => {
    const onDevice = await texts({ provider: { name: 'webgpu' } });
    expect(Object.keys(onDevice).toSorted()).toEqual(['late#0', 'long#0', 'short#0', 'two#0', 'two#1']);
    expect(onDevice).toEqual(await texts({}));
  }, 120_000);

  it('generates in int4', async () => {
    const onDevice = await texts({ precision: 'int4', provider: { name: 'webgpu' } }, REQUESTS.slice(0, 1));
    expect(onDevice['short#0'].length).toBeGreaterThan(20);
  }, 120_000);

  it('has no int8 layers, and says so', async () => {
    await expect(texts({ precision: 'int8', provider: { name: 'webgpu' } })).rejects.toThrow(/webgpu has no int8/);
  });
});

describe('a provider that is missing', () => {
  const cuda = { path: FOLDER, maxBatchSize: 1, provider: { name: 'cuda' } } as const;

  it('stops the load with a line that names it', async () => {
    await expect(loadModel(cuda)).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringMatching(/^The provider cuda is not available here: .*fallback: cpu/) as string,
    });
  });

  it('gives way to the CPU where it may, with a warning', async () => {
    const { provider, warnings, runner } = await loadModel({ ...cuda, fallback: 'cpu' });
    expect([provider, warnings]).toEqual(['cpu', [expect.stringContaining('The provider cuda is not available')]]);
    await runner.release();
  });
});
