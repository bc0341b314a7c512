import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGenerationConfig } from './read-generation-config.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-generation-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function read(content: unknown): ReturnType<typeof readGenerationConfig> {
  writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(content));
  return readGenerationConfig(folder);
}

describe(readGenerationConfig, () => {
  it('is empty where there is no file', () => {
    expect(readGenerationConfig(folder)).toEqual({ eosTokenIds: [], defaults: {}, warnings: [] });
  });

  it('takes what a model that samples says', () => {
    const sampling = { do_sample: true, temperature: 0.6, top_k: 20, top_p: 0.95, repetition_penalty: 1.1 };
    expect(read({ ...sampling, eos_token_id: [2, 3], max_length: 20 })).toEqual({
      eosTokenIds: [2, 3],
      defaults: { temperature: 0.6, topK: 20, topP: 0.95, repetitionPenalty: 1.1 },
      warnings: [],
    });
  });

  it('takes no sampling from a model that does not sample', () => {
    expect(read({ temperature: 0.6, top_p: 0.9, eos_token_id: 7 })).toEqual({
      eosTokenIds: [7],
      defaults: {},
      warnings: [],
    });
  });

  it('ignores values that no sampler can compute with, and names them', () => {
    const { defaults, warnings } = read({ do_sample: true, top_p: 2, temperature: '0.6', top_k: -1, min_p: null });
    expect(defaults).toEqual({ topK: 0 });
    expect(warnings.join()).toMatch(
      /"temperature": "0\.6" is ignored.*"top_p": 2 is ignored; it must be a number from 0/,
    );
  });
});
