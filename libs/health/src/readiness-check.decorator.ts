import { DiscoveryService } from '@nestjs/core';

/** What a check finds. What is degraded works, but not as it was asked for. */
export type Readiness = { isReady: true; degraded?: readonly string[] } | { isReady: false; reason: string };

/**
 * Makes a method of a provider, in any module, a readiness check of this name: it returns a {@link Readiness}, or a
 * promise of one. A check that throws says that the server is not ready.
 */
export const ReadinessCheck = DiscoveryService.createDecorator<string>();
