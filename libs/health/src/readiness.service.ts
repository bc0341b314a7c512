import { Injectable, type OnApplicationBootstrap, ServiceUnavailableException } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  HealthCheckService,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { messageOf } from '@frontier/errors';
import { type Readiness, ReadinessCheck } from './readiness-check.decorator.js';

/** Results of all checks. */
export interface ReadinessReport {
  isReady: boolean;
  /** Reasons of the checks that are down. */
  reasons: string[];
  /** Parts that work, but not as configured. */
  degraded: string[];
  /** Result of each check, by name. */
  checks: HealthIndicatorResult;
}

type Check = () => Readiness | Promise<Readiness>;

/** Result of one check, as `indicator` reports it to Terminus. */
type Detail = { status: 'up'; degraded?: readonly string[] } | { status: 'down'; reason: string };

/** Runs the readiness checks of all modules, by Terminus. */
@Injectable()
export class ReadinessService implements OnApplicationBootstrap {
  private readonly names = new Set<string>();
  private readonly indicators: HealthIndicatorFunction[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly health: HealthCheckService,
    private readonly sessions: HealthIndicatorService,
  ) {}

  onApplicationBootstrap(): void {
    for (const { instance } of this.discovery.getProviders()) {
      if (typeof instance !== 'object' || instance === null) continue;
      const provider = instance as Record<string, Check>;
      const prototype: unknown = Object.getPrototypeOf(provider);
      if (prototype === null) continue;
      for (const method of this.scanner.getAllMethodNames(prototype as object)) {
        const name = Reflect.getMetadata(ReadinessCheck.KEY, provider[method]) as string | undefined;
        if (name === undefined) continue;
        if (this.names.has(name)) throw new Error(`Two readiness checks are named "${name}". Rename one.`);
        this.names.add(name);
        this.indicators.push(this.indicator(name, () => provider[method]()));
      }
    }
  }

  /** Runs all checks at once. */
  async report(): Promise<ReadinessReport> {
    const checks = await this.run();
    const found = Object.values(checks) as Detail[];
    const reasons = found.flatMap((check) => (check.status === 'down' ? [check.reason] : []));
    const degraded = found.flatMap((check) => (check.status === 'up' ? (check.degraded ?? []) : []));
    return { isReady: reasons.length === 0, reasons, degraded, checks };
  }

  private async run(): Promise<HealthIndicatorResult> {
    try {
      return (await this.health.check([...this.indicators])).details;
    } catch (error) {
      // Terminus throws the result where a check is down.
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return (error.getResponse() as { details: HealthIndicatorResult }).details;
    }
  }

  /** A check as an indicator of Terminus. */
  private indicator(name: string, check: Check): HealthIndicatorFunction {
    return async () => {
      const session = this.sessions.check(name);
      try {
        const readiness = await check();
        if (!readiness.isReady) return session.down({ reason: readiness.reason });
        return readiness.degraded?.length ? session.up({ degraded: readiness.degraded }) : session.up();
      } catch (error) {
        return session.down({ reason: messageOf(error) });
      }
    };
  }
}
