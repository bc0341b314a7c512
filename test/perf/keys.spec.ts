import { hash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileKeyStore } from '@frontier/auth';
import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../support/server.ts';

it('a changed key file counts within a second when it is polled every 20 ms, and so does its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-keys-'));
  const path = join(folder, 'keys.yaml');
  const write = (name: string): void => {
    writeFileSync(`${path}.new`, `keys:\n  - { name: ${name}, sha256: ${hash('sha256', name)} }\n`);
    renameSync(`${path}.new`, path);
  };
  write('one');
  const store = new FileKeyStore({ path, pollMs: 20 });
  onTestFinished(() => {
    store.onModuleDestroy();
    rmSync(folder, { recursive: true });
  });
  write('two');
  await waitFor(() => store.find('two') !== undefined, 1000);
  rmSync(path);
  await waitFor(() => store.find('two') === undefined, 1000);
  expect(store.find('one')).toBeUndefined();
});
