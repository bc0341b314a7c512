import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CachingModuleOptions } from './caching.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<CachingModuleOptions>()
  .setClassMethodName('forRoot')
  .build();
