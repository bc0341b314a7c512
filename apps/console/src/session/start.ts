import { signal } from '@preact/signals';
import { apiUrl } from './api.js';
import { giveKey, needKey } from './key.js';

interface ConsoleConfig {
  name: string;
  version: string;
  well_known_key: string | null;
}

export const serverVersion = signal<string | null>(null);

/** Reads the public facts, and takes the well-known key where the server accepts it: the first use needs no typing. */
export async function startSession(): Promise<void> {
  const config = (await fetch(apiUrl('/console/config.json'))
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined)) as ConsoleConfig | undefined;
  serverVersion.value = config?.version ?? null;
  if (config?.well_known_key) giveKey(config.well_known_key, 'default');
  else needKey();
}
