import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ReadinessService } from './readiness.service.js';

/** Provides {@link ReadinessService}, which runs every `@ReadinessCheck('name')` of the app. */
@Module({
  // What a check finds is told by who asks, not in a log line of its own.
  imports: [DiscoveryModule, TerminusModule.forRoot({ logger: false })],
  providers: [ReadinessService],
  exports: [ReadinessService],
})
export class HealthModule {}
