import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './durable.options.js';
import { openStorage } from './open-storage.js';
import { DurableStorage } from './ports/durable-storage.js';

/** One durable storage, opened before the app starts and closed when it shuts down. Modules that share it import the same instance. */
@Module({
  providers: [{ provide: DurableStorage, useFactory: openStorage, inject: [MODULE_OPTIONS_TOKEN] }],
  exports: [DurableStorage],
})
export class DurableModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(@Inject(DurableStorage) private readonly storage: DurableStorage) {
    super();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.storage.close();
  }
}
