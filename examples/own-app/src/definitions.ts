import { Injectable } from '@nestjs/common';
import { Cached } from '@frontier/caching';
import { CircuitBreaker } from '@frontier/resilience';

/** Definitions of words, from a dictionary that is asked once for each, and left alone while it fails. */
@Injectable()
export class Definitions {
  private looked = 0;

  @Cached({ ttlMs: 60_000 })
  @CircuitBreaker('dictionary')
  async of(word: string): Promise<{ definition: string; looked: number }> {
    if (word === 'down') throw new Error('The dictionary is away.');
    return { definition: `${word}: a word`, looked: ++this.looked };
  }
}
