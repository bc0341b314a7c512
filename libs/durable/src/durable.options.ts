import { ConfigurableModuleBuilder } from '@nestjs/common';

/** The place of the storage. */
export interface DurableModuleOptions {
  /** A folder for the SQLite file `jobs.db`, where there is no Redis. */
  folder: string;
  /** `redis://...` of a Redis that never evicts and that all processes share: jobs are kept there, and handed out by BullMQ. */
  redisUrl?: string;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<DurableModuleOptions>()
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
