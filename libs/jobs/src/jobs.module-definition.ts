import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { JobsModuleOptions } from './jobs.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<JobsModuleOptions>()
  .setClassMethodName('forRoot')
  .build();
