import { Breaker, type Permit } from '@frontier/resilience';

/** Faults in a row that make a target's messages wait, and the duration. */
const FAILURE_THRESHOLD = 5;
const OPEN_MS = 60_000;
/** A target that takes longer is slow, and has so few places from then on. */
const SLOW_MS = 2000;
const SLOW_PLACES = 2;
/** Messages that wait for a target come back one after the other, not all at once, and not later than this. */
const SPACING_MS = 1000;
const LONGEST_WAIT_MS = 3_600_000;
/** Targets that are remembered for one owner, and owners. */
const MAX_TARGETS = 64;
const MAX_OWNERS = 1024;

/** The outcome of an attempt. */
interface Tried {
  /** A fault of the target: it did not answer, or with 5xx. */
  isFault: boolean;
  durationMs: number;
}

/** Permission for one attempt; `end` must be called once. */
export type DeliveryPermit = { end(tried: Tried | undefined): void };

interface Target {
  breaker: Breaker;
  running: number;
  /** Duration of its last attempt. */
  lastMs: number;
  /** Time at which the last message that waits for it comes back, by the monotonic clock. */
  lastTurn: number;
}

/**
 * Health of the targets of callbacks, by owner and host. Messages for one that fails or is slow wait without a place. Owners are apart: one
 * owner's faults at a host say nothing about another's messages.
 */
export class DeliveryTargets {
  private readonly owners = new Map<string, Map<string, Target>>();

  /** Permission for an attempt, or the milliseconds until the next request for one. */
  admit(owner: string, host: string): DeliveryPermit | { waitMs: number } {
    const target = this.targetOf(owner, host);
    const isSlow = target.lastMs > SLOW_MS;
    if (isSlow && target.running >= SLOW_PLACES) return { waitMs: turn(target, target.lastMs / SLOW_PLACES, 0) };
    let permit: Permit;
    try {
      permit = target.breaker.admit();
    } catch (error) {
      const { retryAfterMs = OPEN_MS } = error as { retryAfterMs?: number };
      return { waitMs: turn(target, SPACING_MS, retryAfterMs) };
    }
    target.running++;
    return {
      end: (tried) => {
        target.running--;
        if (!tried) return permit.abandon();
        target.lastMs = tried.durationMs;
        if (tried.isFault) permit.fail(new Error('fault'));
        else permit.succeed();
      },
    };
  }

  private targetOf(owner: string, host: string): Target {
    const targets = this.owners.get(owner) ?? new Map<string, Target>();
    // A target is the newest once it is used.
    keepNewest(this.owners, owner, targets, MAX_OWNERS);
    const target = targets.get(host) ?? newTarget(host);
    keepNewest(targets, host, target, MAX_TARGETS);
    return target;
  }
}

function newTarget(host: string): Target {
  const options = { failureThreshold: FAILURE_THRESHOLD, openMs: OPEN_MS, isFault: () => true, isPublished: false };
  return { breaker: new Breaker(host, options), running: 0, lastMs: 0, lastTurn: 0 };
}

/** A turn behind those that wait already. */
function turn(target: Target, spacingMs: number, atLeastMs: number): number {
  const now = performance.now();
  target.lastTurn = Math.max(target.lastTurn + spacingMs, now + atLeastMs + spacingMs);
  if (target.lastTurn > now + LONGEST_WAIT_MS) target.lastTurn = now + LONGEST_WAIT_MS;
  return target.lastTurn - now;
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
