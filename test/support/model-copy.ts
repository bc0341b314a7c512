import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STORYTELLER } from './server.ts';

/** A copy of the bundled model whose files a test changes. */
export class ModelCopy {
  readonly path = mkdtempSync(join(tmpdir(), 'frontier-model-'));

  constructor() {
    cpSync(STORYTELLER, this.path, { recursive: true });
  }

  /** Changes fields of a JSON file; those that are `undefined` are removed. A file that is missing is made. */
  edit<Content extends object>(name: string, changes: (content: Content) => object): void {
    const path = join(this.path, name);
    const content = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Content) : ({} as Content);
    writeFileSync(path, JSON.stringify({ ...content, ...changes(content) }));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
