import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cachedModel, parseHubReference } from '@frontier/engine/hub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSourceOf } from './model-source.js';

const COMMIT = 'c'.repeat(40);

describe(isSourceOf, () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'frontier-source-'));
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(cache, 'models--org--name', path)), { recursive: true });
      writeFileSync(join(cache, 'models--org--name', path), text);
    };
    write('refs/main', COMMIT);
    write('refs/v1', COMMIT);
    for (const name of ['onnx/model.onnx', 'a.gguf', 'b.gguf']) write(`snapshots/${COMMIT}/${name}`, name);
    symlinkSync(join(cache, 'models--org--name/snapshots', COMMIT), join(cache, 'link'));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  it.each([
    ['hf:org/name', 'hf:org/name@main', true],
    ['hf:org/name', 'hf:org/name@v1', true],
    ['hf:org/name', `hf:org/name@${COMMIT}`, true],
    ['hf:org/name', 'hf:org/name/onnx/model.onnx', true],
    ['hf:org/name', '<cache>/link', true],
    ['hf:org/name', `<cache>/models--org--name/snapshots/${COMMIT}/onnx/model.onnx`, true],
    ['hf:org/name/a.gguf', 'hf:org/name/a.gguf@v1', true],
    ['hf:org/name/a.gguf', '<cache>/link/a.gguf', true],
    ['hf:org/name', 'hf:org/name/a.gguf', false],
    ['hf:org/name', `<cache>/models--org--name/snapshots/${COMMIT}/a.gguf`, false],
    ['hf:org/name/a.gguf', 'hf:org/name/b.gguf', false],
    ['hf:org/name/a.gguf', 'hf:org/name', false],
    ['hf:org/name', 'hf:no@more@names', false],
    ['hf:org/name', '', false],
  ])('of %s and what a server has from %s says %s', (wanted, source, expected) => {
    const model = cachedModel(cache, parseHubReference(wanted))!;
    expect(isSourceOf(source.replace('<cache>', cache), model, cache)).toBe(expected);
  });
});
