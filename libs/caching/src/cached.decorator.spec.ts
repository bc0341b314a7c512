import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Cached } from './cached.decorator.js';
import { CachingModule } from './caching.module.js';

@Injectable()
class Weather {
  asked = 0;

  @Cached({ ttlMs: 60_000 })
  async at(city: string): Promise<string> {
    this.asked++;
    if (city === 'nowhere') throw new Error('no such city');
    return `sunny in ${city}`;
  }
}

describe(`@${Cached.name}`, () => {
  it("keeps what a provider's method returns, by its arguments", async () => {
    const imports = [CachingModule.forRoot({ backend: 'memory' })];
    const weather = (await Test.createTestingModule({ imports, providers: [Weather] }).compile()).get(Weather);
    expect([await weather.at('Rome'), await weather.at('Rome'), await weather.at('Oslo')]).toEqual([
      'sunny in Rome',
      'sunny in Rome',
      'sunny in Oslo',
    ]);
    expect(weather.asked).toBe(2);
    await expect(weather.at('nowhere')).rejects.toThrow('no such city');
    await expect(weather.at('nowhere')).rejects.toThrow('no such city');
    expect(weather.asked).toBe(4);
  });

  it('finds a global module that is made by a factory', async () => {
    @Module({ providers: [Weather] })
    class WeatherModule {}
    const caching = CachingModule.forRootAsync({ isGlobal: true, useFactory: async () => ({ backend: 'memory' }) });
    const module = await Test.createTestingModule({ imports: [caching, WeatherModule] }).compile();
    const weather = module.get(Weather, { strict: false });
    expect([await weather.at('Rome'), await weather.at('Rome'), weather.asked]).toEqual([
      'sunny in Rome',
      'sunny in Rome',
      1,
    ]);
  });
});
