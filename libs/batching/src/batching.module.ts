import { Module } from '@nestjs/common';
import { BatchingService } from './batching.service.js';
import { EngineStateLogger } from './engine-state.logger.js';

/** Provides {@link BatchingService}, and logs what becomes of its engines. */
@Module({ providers: [BatchingService, EngineStateLogger], exports: [BatchingService] })
export class BatchingModule {}
