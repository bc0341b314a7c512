import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { hubError } from './hub-error.js';

/** How a hub is reached, and where its files are kept. */
export interface HubSettings {
  /** Origin of the hub, and path below which it lies; without a slash at its end. */
  endpoint: string;
  /** The folder of the cache, as Hugging Face's own programs lay it out. */
  cache: string;
  /** Sent to the hub alone. */
  token: string | undefined;
  /** Hosts, and domains of hosts, that the hub may send a download to. */
  redirectHosts: readonly string[];
  /** Nothing is asked of the hub: what the cache holds must do. */
  isOffline: boolean;
  /** A hub that is silent for so long is not waited for. */
  timeoutMs: number;
  /** The pause before a second try; later ones are twice as long each. */
  retryDelayMs: number;
  /** Files are copied where links to them are not wanted. */
  usesLinks: boolean;
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';
const DEFAULT_TIMEOUT_S = 10;
const DEFAULT_REDIRECT_HOSTS = ['huggingface.co', 'hf.co'];
const RETRY_DELAY_MS = 500;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The settings of Hugging Face's own variables: `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`,
 * `HF_HUB_DOWNLOAD_TIMEOUT` (s), `HF_HUB_DISABLE_SYMLINKS`; https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables.
 * `HUB_REDIRECT_HOSTS`, our own, lists the hosts that another hub than Hugging Face's may send downloads to.
 * @throws `model_download_failed` where the endpoint is no URL of http or https, where the token cannot be sent, and without a home folder
 */
export function readHubSettings(env: Variables): HubSettings {
  // An empty value counts as unset.
  const home = env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || join(homeFolder(), '.cache'), 'huggingface');
  const seconds = Number(env['HF_HUB_DOWNLOAD_TIMEOUT'] || DEFAULT_TIMEOUT_S);
  return {
    endpoint: endpointOf(env['HF_ENDPOINT'] || DEFAULT_ENDPOINT),
    cache: resolve(env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'] || join(home, 'hub')),
    token: checkedToken(env['HF_TOKEN']?.trim() || tokenIn(env['HF_TOKEN_PATH'] || join(home, 'token'))),
    redirectHosts: env['HUB_REDIRECT_HOSTS'] ? listed(env['HUB_REDIRECT_HOSTS']) : DEFAULT_REDIRECT_HOSTS,
    isOffline: isSet(env['HF_HUB_OFFLINE']) || isSet(env['TRANSFORMERS_OFFLINE']),
    timeoutMs: 1000 * (seconds > 0 ? seconds : DEFAULT_TIMEOUT_S),
    retryDelayMs: RETRY_DELAY_MS,
    usesLinks: !isSet(env['HF_HUB_DISABLE_SYMLINKS']),
  };
}

function homeFolder(): string {
  try {
    const home = homedir();
    if (home !== '') return home;
  } catch {
    // The system knows none.
  }
  throw hubError('reference', 'This user has no home folder: set HF_HOME to the folder of the models.');
}

function endpointOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw hubError('reference', `HF_ENDPOINT must be the address of a hub, such as ${DEFAULT_ENDPOINT}.`);
  }
  return url.href.replace(/\/+$/, '');
}

function tokenIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The message does not quote it: messages are logged. */
function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7E]+$/.test(token)) return token;
  throw hubError('reference', 'HF_TOKEN, or the file that holds it, must be one line without white space.');
}

function listed(text: string): string[] {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase());
  return hosts.filter((host) => host !== '');
}

function isSet(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? '');
}
