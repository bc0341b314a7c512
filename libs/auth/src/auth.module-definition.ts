import { ConfigurableModuleBuilder } from '@nestjs/common';

export interface AuthModuleOptions {
  /** The token that callers present as `Authorization: Bearer <token>`. */
  token: string;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<AuthModuleOptions>()
  .setClassMethodName('forRoot')
  .build();
