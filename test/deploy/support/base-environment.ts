import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The environment of the base image's programs: this Node, and an npm that obeys `allowScripts`, installed to a folder. */
export function baseEnvironment(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
  const [major, minor] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number);
  if (major! < 11 || (major === 11 && minor! < 16)) {
    writeFileSync(join(folder, 'npm'), '#!/bin/sh\nexec npx --yes npm@11 "$@"\n');
    chmodSync(join(folder, 'npm'), 0o755);
  }
  const { HOME = folder, PATH = '', NODE_EXTRA_CA_CERTS } = process.env;
  const outside = PATH.split(':').filter((entry) => !entry.includes('node_modules'));
  return {
    HOME,
    PATH: [folder, ...outside].join(':'),
    // What `npm ci` brought is in its cache; asking the registry about each of a thousand packages again took up to five minutes.
    npm_config_prefer_offline: 'true',
    ...(NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS }),
  };
}
