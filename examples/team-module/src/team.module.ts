import { Module } from '@nestjs/common';
import { ExchangeRates } from './exchange-rates.js';
import { OrderWebhooks } from './order.webhooks.js';
import { QuotaCheck } from './quota.check.js';
import { SummariesController } from './summaries.controller.js';
import { SummaryMetrics } from './summary.metrics.js';

/** The team's part of the server. */
@Module({
  controllers: [SummariesController],
  providers: [ExchangeRates, OrderWebhooks, QuotaCheck, SummaryMetrics],
})
export class TeamModule {}
