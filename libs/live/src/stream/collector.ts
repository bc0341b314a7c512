import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ConditionListener } from '../activity/condition.listener.js';
import { JobListener } from '../activity/job.listener.js';
import { ModelDirectory } from '../activity/model-directory.js';
import { LifeListener } from '../life/life.listener.js';
import type { JobCounts, Tick } from '../protocol/tick.schema.js';
import { StatsListener } from '../stats/stats.listener.js';
import { LiveModuleOptions } from './live.options.js';
import type { Reader } from './reader.js';

/** All that streams are made of. It is bounded, and needs no reader. */
@Injectable()
export class Collector implements OnApplicationBootstrap {
  constructor(
    @Inject(LiveModuleOptions) readonly options: LiveModuleOptions,
    readonly lives: LifeListener,
    readonly stats: StatsListener,
    readonly models: ModelDirectory,
    readonly conditions: ConditionListener,
    readonly jobs: JobListener,
  ) {}

  /** Engines that were ready before anybody listened. */
  onApplicationBootstrap(): void {
    for (const { id, status, task } of this.models.all()) {
      if (status === 'ready') this.stats.of(id).onState(true, task === 'generate');
    }
  }

  /** A second has passed. */
  roll(): void {
    this.stats.roll();
    this.conditions.roll();
    this.keepModels((model) => this.models.has(model));
  }

  /** Forgets models for which a test fails. */
  keepModels(test: (model: string) => boolean): void {
    this.stats.keepModels(test);
    this.conditions.keepModels(test);
  }

  /** Looks at what is not published, while somebody reads. */
  refresh(): void {
    const { options, jobs, models } = this;
    this.refreshConditions();
    if (options.tasks) void jobs.count(options.tasks);
    models.measure();
  }

  refreshConditions(): void {
    const { options, conditions } = this;
    if (!options.conditions) return;
    conditions.board.replace(['draining', 'redis_away', 'jobs_unavailable'], options.conditions());
  }

  /** The numbers of the last second, as a reader may see them. */
  tick(reader: Reader): Tick {
    const { stats, models } = this;
    const isOperator = reader.scope === 'all';
    const cache = { hit: 0, miss: 0, coalesced: 0 };
    const byModel: Tick['models'] = {};
    for (const model of reader.models()) {
      const measured = stats.of(model);
      const numbers = models.numbersOf(model);
      byModel[model] = { ...measured.tick(), ...numbers, rss: isOperator ? numbers.rss : null };
      for (const source of ['hit', 'miss', 'coalesced'] as const) cache[source] += measured.sources[source].sum;
    }
    return {
      at: stats.at,
      models: byModel,
      server: { loop_ms: stats.loop.last, rss: isOperator ? process.memoryUsage.rss() : null },
      cache,
      jobs: this.jobCounts(reader),
    };
  }

  jobCounts({ scope }: Reader): JobCounts | null {
    return scope === 'all' ? this.jobs.counts : null;
  }
}
