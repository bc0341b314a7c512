import { readFileSync } from 'node:fs';
import { isLoopback } from '@frontier/http/loopback';
import { CommandError } from '../cli/command-error.js';
import type { Variables } from '../cli/context.js';
import { EXIT, type ExitCode } from '../cli/exit-codes.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';
/** The default token of a server on loopback. */
const WELL_KNOWN_KEY = 'changeme';

/**
 * The address of the server, without a slash at its end.
 * @param given the value of `--url`
 * @throws for a text that is no address, and for one with a password, which is never quoted
 */
export function addressOf(given: string | undefined, env: Variables): string {
  const name = given === undefined && env.FRONTIER_URL ? 'FRONTIER_URL' : '--url';
  const text = given ?? (env.FRONTIER_URL || DEFAULT_URL);
  const url = URL.parse(text);
  if (url?.username || url?.password) {
    throw wrong(`${name} has a name or a password in it, which others on this machine can read.`, EXIT.usage, [
      'Instead',
      `${name === '--url' ? '--url ' : 'FRONTIER_URL='}<server> with FRONTIER_KEY=<key> before it`,
    ]);
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    const quoted = text.includes('@') ? '' : ` "${text}"`;
    throw wrong(`${name}${quoted} is no address of a server.`, EXIT.usage, ['Such as', `--url ${DEFAULT_URL}`]);
  }
  return text.replace(/\/+$/, '');
}

/**
 * The key of a command: of `--key-file`, else of the environment. A server's own token is sent to loopback only.
 * @throws where the file has no key, or cannot be read
 */
export function keyOf(keyFile: string | undefined, env: Variables, url: string): string {
  if (keyFile !== undefined) return checkedKey(keyIn(keyFile), `the key in --key-file ${keyFile}`);
  if (env.FRONTIER_KEY) return checkedKey(env.FRONTIER_KEY.trim(), 'the key in FRONTIER_KEY');
  if (env.TRUTHGPT_API_TOKEN && isLoopback(hostOf(url))) {
    return checkedKey(env.TRUTHGPT_API_TOKEN, 'the key in TRUTHGPT_API_TOKEN');
  }
  return WELL_KNOWN_KEY;
}

/** Returns a key that can be sent. @throws for another one, without quoting it */
export function checkedKey(key: string, name: string): string {
  if (/^[\x20-\x7E]+$/.test(key)) return key;
  throw wrong(`${name} must be one line of ASCII characters.`, EXIT.usage, [
    'Instead',
    'FRONTIER_KEY=<key> frontier …',
  ]);
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw wrong(
      `--key-file ${file} cannot be read.`,
      EXIT.notFound,
      ['Instead', 'FRONTIER_KEY=<key> frontier …'],
      cause,
    );
  }
}

/** The host of an address; one of IPv6 without its brackets. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

function wrong(message: string, exitCode: ExitCode, hint: readonly [string, string], cause?: unknown): CommandError {
  return new CommandError(message, { code: 'usage', exitCode, hints: [hint], cause });
}
