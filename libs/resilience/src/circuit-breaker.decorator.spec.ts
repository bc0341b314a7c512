import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.decorator.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { ResilienceModule } from './resilience.module.js';

@Injectable()
class Supplier {
  calls = 0;

  @CircuitBreaker('supplier', { failureThreshold: 2 })
  order(fails: boolean): Promise<string> {
    this.calls++;
    return fails ? Promise.reject(new Error('no stock')) : Promise.resolve('ordered');
  }
}

describe(`@${CircuitBreaker.name}`, () => {
  it("guards a provider's method", async () => {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot({})],
      providers: [Supplier],
    }).compile();
    const supplier = module.get(Supplier);
    expect(await supplier.order(false)).toBe('ordered');
    await expect(supplier.order(true)).rejects.toThrow('no stock');
    await expect(supplier.order(true)).rejects.toThrow('no stock');
    await expect(supplier.order(false)).rejects.toMatchObject({ code: 'circuit_open', status: 503 });
    expect(supplier.calls).toBe(3);
    expect(module.get(CircuitBreakers).get('supplier').state).toBe('open');
  });
});
