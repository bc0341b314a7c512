import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { downloadedHelm } from './helm-download.ts';

export const CHART = resolve(import.meta.dirname, '../frontier-inference');

const isInstalled = spawnSync('helm', ['version', '--short'], { encoding: 'utf8' }).stdout?.startsWith('v4.') ?? false;

/** Whether helm is there, or can be had. */
export const hasHelm = isInstalled || (process.platform === 'linux' && process.arch === 'x64');

/**
 * Runs helm 4, from the PATH or from npm, without a cluster unless `env` has a KUBECONFIG.
 *
 * @param input what it reads from its standard input, as with `--values -`
 * @throws an Error with what it says when it fails
 */
export async function helm(
  args: string[],
  { input = '', env }: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const child = spawn(isInstalled ? 'helm' : downloadedHelm(), args, {
    env: { HOME: process.env.HOME, PATH: process.env.PATH, KUBECONFIG: '/dev/null', ...env },
  });
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(output + errors);
  return output;
}
