import { DiscoveryService } from '@nestjs/core';

/** Result of a check; degraded parts work, but not as configured. */
export type Readiness = { isReady: true; degraded?: readonly string[] } | { isReady: false; reason: string };

/**
 * Makes a method of a provider, in any module, a readiness check of this name: it returns a {@link Readiness}, or a
 * promise of one. A check that throws reports that the server is not ready.
 */
export const ReadinessCheck = DiscoveryService.createDecorator<string>();
