import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@frontier/errors';
import type { ModelDefinition } from './model-definition.js';

/** A folder of models, and what holds for all of them. */
export interface ModelsFolderOptions {
  /** Holds a folder or a file (`.gguf`, `.onnx`) for each model, which is called as that is. */
  path: string;
  model: Omit<ModelDefinition, 'name' | 'aliases' | 'path'>;
  /** The folder is looked through so often; default 2,000. */
  pollMs?: number;
}

/** A model in the folder. */
export interface FoundModel {
  name: string;
  path: string;
}

interface ModelsFolderListener {
  /** All of it is there: nothing has changed since the last look. */
  onFound(model: FoundModel): void;
  /** Its files are others now. */
  onChanged(model: FoundModel): void;
  onGone(model: FoundModel): void;
  /** The folder cannot be read. Called once, until it can be read again. */
  onUnreadable(reason: string): void;
}

interface KnownModel extends FoundModel {
  /** Of its files, as they were at the last look; `undefined` where they could not be looked at. */
  signature: string | undefined;
  /** The signature that was reported; `undefined`: none. */
  reported: string | undefined;
  /** Whether it was there at the last look: one that is being renamed is away for a moment. */
  isThere: boolean;
}

const POLL_MS = 2000;
/** Files of a model, at most: a folder of more is not looked at more closely. */
const MAX_FILES = 2000;
/** The first part of a GGUF file in several stands for all of them. */
const PART = /-(\d{5})-of-\d{5}(?=\.gguf$)/i;
const MODEL_FILE = /\.(gguf|onnx)$/i;

/**
 * Looks for models in a folder again and again: events of file systems do not come from network volumes, nor tell when a copy is
 * complete. A model counts as found when its files have not changed between two looks, and as gone when it was away at two.
 */
export class ModelsFolder {
  private readonly known = new Map<string, KnownModel>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private isReadable = true;

  constructor(
    private readonly options: Pick<ModelsFolderOptions, 'path' | 'pollMs'>,
    private readonly listener: ModelsFolderListener,
  ) {}

  /** Looks for the first time, and from then on. */
  async start(): Promise<void> {
    await this.look();
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.start(), this.options.pollMs ?? POLL_MS).unref();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    let found: Map<string, KnownModel>;
    try {
      found = await modelsIn(this.options.path);
      this.isReadable = true;
    } catch (error) {
      if (this.isReadable) this.listener.onUnreadable(messageOf(error));
      this.isReadable = false;
      return;
    }
    if (this.isStopped) return;
    for (const [name, model] of this.known) this.lookAgain(model, found.get(name), found);
    for (const [name, model] of found) if (!this.known.has(name)) this.known.set(name, model);
  }

  /** Compares a model with what is there under its name now. */
  private lookAgain(before: KnownModel, now: KnownModel | undefined, found: Map<string, KnownModel>): void {
    const { name, reported } = before;
    if (!now || now.path !== before.path) {
      if (before.isThere) {
        before.isThere = false;
        found.delete(name);
        return;
      }
      this.known.delete(name);
      if (reported !== undefined) this.listener.onGone(before);
      return;
    }
    before.isThere = true;
    const isSettled = now.signature !== undefined && now.signature === before.signature && now.signature !== reported;
    before.signature = now.signature;
    if (!isSettled) return;
    before.reported = now.signature;
    if (reported === undefined) this.listener.onFound(before);
    else this.listener.onChanged(before);
  }
}

async function modelsIn(folder: string): Promise<Map<string, KnownModel>> {
  const models = new Map<string, KnownModel>();
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  for (const entry of names.slice(0, MAX_FILES)) {
    const path = join(folder, entry);
    // Unreadable now: assumed unchanged.
    const unknown = { name: nameOf(entry), signature: undefined };
    const model = await modelAt(path, entry, names).catch(() => unknown);
    if (model && !models.has(model.name))
      models.set(model.name, { ...model, path, reported: undefined, isThere: true });
  }
  return models;
}

/** The model that an entry of the folder is; `undefined` where it is none. */
async function modelAt(
  path: string,
  entry: string,
  siblings: readonly string[],
): Promise<Pick<KnownModel, 'name' | 'signature'> | undefined> {
  if ((await stat(path)).isDirectory()) {
    const files = await filesIn(path);
    const isModel = files.some((file) => file === 'config.json' || MODEL_FILE.test(file));
    return isModel ? { name: nameOf(entry), signature: await signatureOf(path, files) } : undefined;
  }
  const [, part] = PART.exec(entry) ?? [];
  if (!MODEL_FILE.test(entry) || (part !== undefined && part !== '00001')) return undefined;
  const parts = siblings.filter((name) => name.replace(PART, '') === entry.replace(PART, ''));
  return { name: nameOf(entry), signature: await signatureOf(join(path, '..'), parts) };
}

function nameOf(entry: string): string {
  return entry.replace(PART, '').replace(MODEL_FILE, '');
}

/** Names of the files in a folder and in those within. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = await Promise.all(
    entries.slice(0, MAX_FILES).map(async (entry) => {
      if (entry.name.startsWith('.')) return [];
      if (!entry.isDirectory()) return [entry.name];
      return (await readdir(join(folder, entry.name))).slice(0, MAX_FILES).map((name) => join(entry.name, name));
    }),
  );
  return names.flat().slice(0, MAX_FILES).sort();
}

/** Says which files there are: where they lie, their sizes and times of change. */
async function signatureOf(folder: string, files: readonly string[]): Promise<string> {
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(join(folder, file));
      return [file, size, mtimeMs].join(':');
    }),
  );
  return [await realpath(folder), ...facts].join('\n');
}
