import { Module } from '@nestjs/common';
import { BatchingService } from './batching.service.js';
import { EngineStateLogger } from './engine-state.logger.js';
import { ForkedEngine } from './engine/forked-engine.js';
import { ModelEngineFactory, type ModelEngineOptions } from './engine/model-engine.js';

/** Provides {@link BatchingService}, and logs the states of its engines. */
@Module({
  providers: [
    { provide: ModelEngineFactory, useValue: (options: ModelEngineOptions) => new ForkedEngine(options) },
    BatchingService,
    EngineStateLogger,
  ],
  exports: [BatchingService, ModelEngineFactory],
})
export class BatchingModule {}
