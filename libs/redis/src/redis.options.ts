/** Which Redis to use, and how long to wait for it. */
export interface RedisModuleOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  url: string;
  /** A command that takes longer fails; default 250. */
  commandTimeoutMs?: number;
}

export const DEFAULT_COMMAND_TIMEOUT_MS = 250;
