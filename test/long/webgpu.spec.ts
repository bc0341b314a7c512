import { existsSync } from 'node:fs';
import { loadModel } from '@frontier/engine';
import { describe, expect, it } from 'vitest';
import { ARRIVALS, greedyTexts } from '../support/provider-texts.ts';
import { STORYTELLER } from '../support/server.ts';

/** The software driver that comes with Debian's Chromium. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const hasDriver = existsSync(DRIVER);
if (hasDriver) process.env.VK_ICD_FILENAMES ??= DRIVER;
if (!hasDriver && process.env.REQUIRE_WEBGPU === 'true') throw new Error(`${DRIVER} is missing.`);

describe.skipIf(!hasDriver)(`the WebGPU provider (skipped without ${DRIVER})`, () => {
  it('generates what the CPU does, over arrivals, ends, copies and preemptions', async () => {
    const onDevice = await greedyTexts({ provider: { name: 'webgpu' } });
    expect(Object.keys(onDevice).toSorted()).toEqual(['late#0', 'long#0', 'short#0', 'two#0', 'two#1']);
    expect(onDevice).toEqual(await greedyTexts({}));
  }, 120_000);

  it('generates in int4', async () => {
    const onDevice = await greedyTexts({ precision: 'int4', provider: { name: 'webgpu' } }, ARRIVALS.slice(0, 1));
    expect(onDevice['short#0'].length).toBeGreaterThan(20);
  }, 120_000);

  it('has no int8 layers, and says so', async () => {
    await expect(greedyTexts({ precision: 'int8', provider: { name: 'webgpu' } })).rejects.toThrow(
      /webgpu has no int8/,
    );
  });
});

describe('a provider that is missing', () => {
  const cuda = { path: STORYTELLER, maxBatchSize: 1, provider: { name: 'cuda' } } as const;

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
