import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ReadinessService } from './readiness.service.js';

/** Provides {@link ReadinessService}, which runs every `@ReadinessCheck('name')` of the app. */
@Module({
  // Results are reported by the caller of the service, not in a log line of their own.
  imports: [DiscoveryModule, TerminusModule.forRoot({ logger: false })],
  providers: [ReadinessService],
  exports: [ReadinessService],
})
export class HealthModule {}
