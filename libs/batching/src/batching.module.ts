import { Module } from '@nestjs/common';
import { BatchingService } from './batching.service.js';

/** Provides {@link BatchingService}. */
@Module({ providers: [BatchingService], exports: [BatchingService] })
export class BatchingModule {}
