import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubSettings } from '../reference/hub-settings.js';
import type { FakeHub } from './fake-hub.js';

/** Settings for a hub of a test, with a cache of its own, short pauses, and a token. */
export function trialSettings(hub: FakeHub, other: Partial<HubSettings> = {}): HubSettings {
  return {
    endpoint: hub.url,
    cache: mkdtempSync(join(tmpdir(), 'frontier-hub-')),
    token: 'hf_secret',
    redirectHosts: [],
    isOffline: false,
    timeoutMs: 300,
    retryDelayMs: 1,
    usesLinks: true,
    ...other,
  };
}
