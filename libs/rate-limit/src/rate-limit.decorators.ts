import { SkipThrottle, Throttle } from '@nestjs/throttler';

/** The name of the one throttler. */
export const REQUESTS = 'requests';

/** Limit of a handler, or of each handler of a controller, instead of the caller's or the server's. */
export const RateLimit = ({ limit, windowMs }: { limit: number; windowMs?: number }) =>
  Throttle({ [REQUESTS]: { limit, ttl: windowMs } });

/** No limit for a handler, or for the handlers of a controller. */
export const SkipRateLimit = () => SkipThrottle({ [REQUESTS]: true });
