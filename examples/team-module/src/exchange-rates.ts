import { Injectable } from '@nestjs/common';
import { Cached } from '@frontier/caching';
import { CircuitBreaker } from '@frontier/resilience';

/** Rates of exchange of a slow service, which is asked once a minute for each currency, and left alone while it fails. */
@Injectable()
export class ExchangeRates {
  private asked = 0;

  @Cached({ ttlMs: 60_000 })
  @CircuitBreaker('exchange-rates', { failureThreshold: 2 })
  async of(currency: string): Promise<{ rate: number; asked: number }> {
    if (currency === 'DOWN') throw new Error('The service for rates of exchange is away.');
    return { rate: currency.length, asked: ++this.asked };
  }
}
