import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeGguf, writeSplitGguf } from '../testing/gguf-writer.js';
import { GgufSource } from './gguf-source.js';
import { HuggingFaceSource } from './hugging-face-source.js';
import type { DecoderSource } from './model-source.js';
import { openModelSource } from './open-model-source.js';

const STORYTELLER = resolve(import.meta.dirname, '../../../../models/storyteller');

const openDecoder = (path: string): DecoderSource => openModelSource(path) as DecoderSource;

describe(openModelSource, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-source-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const gguf = (name: string, architecture = 'mamba'): string => {
    const path = join(folder, name);
    writeGguf(path, { 'general.architecture': architecture }, []);
    return path;
  };

  it('opens a folder with a config.json in the Hugging Face layout, whatever else it holds', () => {
    cpSync(STORYTELLER, folder, { recursive: true });
    gguf('model.gguf');
    expect(openModelSource(folder)).toBeInstanceOf(HuggingFaceSource);
  });

  it('opens a GGUF file by its path, or by its folder where it is the only model', () => {
    const path = gguf('Model-Q4_K_M.GGUF');
    gguf('mmproj-model-f16.gguf', 'clip');
    writeFileSync(join(folder, 'README.md'), '');
    for (const source of [openDecoder(path), openDecoder(folder)]) {
      expect(source).toBeInstanceOf(GgufSource);
      expect(source.defaultPrecision).toBe('int8');
      expect(() => source.readConfig()).toThrow(`${path}: architecture "mamba" is not supported`);
    }
  });

  it('opens a folder with the parts of one model by the first of them', () => {
    const first = writeSplitGguf(join(folder, 'model'), { 'general.architecture': 'mamba' }, [], 3);
    expect(() => openDecoder(folder).readConfig()).toThrow(`${first}: architecture "mamba" is not supported`);
  });

  it('lists the models of a folder with several', () => {
    gguf('b-Q8_0.gguf');
    gguf('a-Q4_K_M.gguf');
    expect(() => openModelSource(folder)).toThrow(
      `${folder} holds several models: a-Q4_K_M.gguf, b-Q8_0.gguf. Name one of them in "path".`,
    );
  });

  it('says that a folder is empty, and that a path leads nowhere', () => {
    mkdirSync(join(folder, 'x.gguf'));
    expect(() => openDecoder(join(folder, 'x.gguf')).readConfig()).toThrow(/config\.json is missing/);
    expect(() => openModelSource(join(folder, 'y.gguf'))).toThrow(/y\.gguf does not exist/);
  });

  it('does not wait for a pipe in the place of a file, whichever it is', () => {
    const pipe = (name: string): string => {
      const path = join(folder, name);
      rmSync(path, { force: true });
      execFileSync('mkfifo', [path]);
      return path;
    };
    expect(() => openDecoder(pipe('x.gguf')).readConfig()).toThrow(/x\.gguf is no regular file/);
    const first = writeSplitGguf(join(folder, 'model'), { 'general.architecture': 'mamba' }, [], 3);
    pipe('model-00002-of-00003.gguf');
    expect(() => openDecoder(first).readConfig()).toThrow(/model-00002-of-00003\.gguf is no regular file/);

    cpSync(STORYTELLER, folder, { recursive: true });
    pipe('notes.txt');
    const source = openDecoder(folder);
    expect(source.textDigests().join(' ')).not.toContain('notes.txt');
    const readers: Record<string, () => unknown> = {
      'model.safetensors': () => source.openWeights(),
      'generation_config.json': () => source.readGenerationConfig(),
      'chat_template.jinja': () => source.readChatTemplate(),
      'tokenizer.json': () => source.readTokenizer(),
      'config.json': () => source.readConfig(),
    };
    for (const [name, read] of Object.entries(readers)) {
      pipe(name);
      expect(read).toThrow(`${join(folder, name)} is no regular file`);
    }
  });

  it('says that a path cannot be followed', () => {
    symlinkSync('loop.gguf', join(folder, 'loop.gguf'));
    expect(() => openModelSource(join(folder, 'loop.gguf'))).toThrow(/loop\.gguf cannot be opened: ELOOP/);
  });
});
