import { Injectable, type OnApplicationBootstrap, ServiceUnavailableException } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { messageOf } from '@frontier/errors';
import { type Readiness, ReadinessCheck } from './readiness-check.decorator.js';

/** What all checks find together. */
export interface ReadinessReport {
  isReady: boolean;
  /** Why not, one for each check that says so. */
  reasons: string[];
  /** What works, but not as it was asked for. */
  degraded: string[];
  /** What each check says, by name. */
  checks: HealthIndicatorResult;
}

type Check = () => Readiness | Promise<Readiness>;

/** Runs the readiness checks of all modules. */
@Injectable()
export class ReadinessService implements OnApplicationBootstrap {
  private readonly checks = new Map<string, Check>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
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
        if (this.checks.has(name)) throw new Error(`Two readiness checks are named "${name}".`);
        this.checks.set(name, () => provider[method]());
      }
    }
  }

  async report(): Promise<ReadinessReport> {
    const found = await Promise.all(
      [...this.checks].map(async ([name, check]) => ({ name, ...(await outcome(check)) })),
    );
    const reasons = found.flatMap((check) => (check.isReady ? [] : [check.reason]));
    const degraded = found.flatMap((check) => (check.isReady ? (check.degraded ?? []) : []));
    const checks = await this.details(found);
    return { isReady: reasons.length === 0, reasons, degraded, checks };
  }

  private async details(found: (Readiness & { name: string })[]): Promise<HealthIndicatorResult> {
    const indicators = found.map(({ name, ...check }) => () => {
      const indicator = this.indicators.check(name);
      if (!check.isReady) return indicator.down({ reason: check.reason });
      return check.degraded?.length ? indicator.up({ degraded: check.degraded }) : indicator.up();
    });
    try {
      return (await this.health.check(indicators)).details;
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return (error.getResponse() as { details: HealthIndicatorResult }).details;
    }
  }
}

async function outcome(check: Check): Promise<Readiness> {
  try {
    return await check();
  } catch (error) {
    return { isReady: false, reason: messageOf(error) };
  }
}
