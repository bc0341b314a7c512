import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, dataFolder } from './folders.js';

describe('folders of the user', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('lie in the home folder, or where the variables say', () => {
    expect(cacheFolder({}, 'a')).toBe(join(homedir(), '.cache/frontier/a'));
    expect(dataFolder({ XDG_DATA_HOME: '/d' }, 'a')).toBe('/d/frontier/a');
  });

  it('are asked for where there is no home folder', () => {
    vi.stubEnv('HOME', '');
    expect(() => cacheFolder({}, 'a')).toThrow('this user has no home folder.');
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'a')).toBe('/c/frontier/a');
  });
});
