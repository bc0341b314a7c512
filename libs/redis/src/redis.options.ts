import { ConfigurableModuleBuilder } from '@nestjs/common';

/** Options of {@link RedisModule}. */
export interface RedisModuleOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  url: string;
  /** Time after which a command fails; default 250. */
  commandTimeoutMs?: number;
}

export const RedisModuleOptions = Symbol('RedisModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<RedisModuleOptions>({
  optionsInjectionToken: RedisModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

export const DEFAULT_COMMAND_TIMEOUT_MS = 250;
