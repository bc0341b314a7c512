import 'reflect-metadata';
import { channel } from 'node:diagnostics_channel';
import { Controller, type INestApplication, Injectable } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ChannelSubscriber } from './channel-subscriber.js';
import { counter } from './metric.js';
import { TelemetryModule } from './telemetry.module.js';

const orders = channel('shop.order');

@Injectable()
class OrderMetrics extends ChannelSubscriber {
  private readonly total = counter('shop_orders_total', 'Orders, by country.', 'country');

  constructor() {
    super();
    this.subscribe<{ country: string }>(orders, ({ country }) => this.total.inc({ country }));
  }
}

@Controller()
class MetricsController extends PrometheusController {}

describe(TelemetryModule.name, () => {
  it.each([
    ['forRoot', new ExpressAdapter(), TelemetryModule.forRoot({ metrics: [OrderMetrics] })],
    [
      'forRootAsync',
      new FastifyAdapter(),
      TelemetryModule.forRootAsync({
        controller: MetricsController,
        metrics: [OrderMetrics],
        useFactory: async () => ({ processMetrics: true }),
      }),
    ],
  ])('serves metrics of other packages, and those of the process, by %s', async (name, adapter, telemetry) => {
    const module = await Test.createTestingModule({ imports: [telemetry] }).compile();
    const app: INestApplication = module.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    onTestFinished(() => app.close());
    orders.publish({ country: name });
    const metrics = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(metrics).toContain(`shop_orders_total{country="${name}"} 1`);
    expect(metrics).toContain('process_cpu_user_seconds_total');
    expect(metrics).toContain('inference_requests_total');
  });

  it('stops counting when the app has closed', async () => {
    const module = await Test.createTestingModule({ providers: [OrderMetrics] }).compile();
    await module.init();
    expect(orders.hasSubscribers).toBe(true);
    await module.close();
    expect(orders.hasSubscribers).toBe(false);
  });
});
