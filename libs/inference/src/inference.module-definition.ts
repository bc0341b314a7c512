import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { InferenceModuleOptions } from './inference.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<InferenceModuleOptions>()
  .setClassMethodName('forRoot')
  .build();
