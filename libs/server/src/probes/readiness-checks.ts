import { Inject, Injectable } from '@nestjs/common';
import { DurableStorage } from '@frontier/durable';
import { type Readiness, ReadinessCheck } from '@frontier/health';
import { ModelRegistry, type ModelStatus } from '@frontier/inference';
import { RedisConnection } from '@frontier/redis';

/** Without its models the server is not ready. */
@Injectable()
export class ModelReadiness {
  constructor(private readonly models: ModelRegistry) {}

  @ReadinessCheck('models')
  readiness(): Readiness {
    const statuses = this.models.statuses();
    const unready = statuses.find(({ isMissing }) => isMissing);
    return unready
      ? { isReady: false, reason: reasonOf(unready) }
      : { isReady: true, degraded: statuses.flatMap(warningsOf) };
  }
}

/** Without Redis everything works, for this process alone. */
@Injectable()
export class RedisReadiness {
  constructor(private readonly redis: RedisConnection) {}

  @ReadinessCheck('redis')
  readiness(): Readiness {
    if (this.redis.isAvailable) return { isReady: true };
    const refusal = this.redis.writeRefusal;
    const reason = refusal === undefined ? 'not available' : `it refuses writes (${refusal})`;
    const degraded = [`redis: ${reason}; limits, idempotency keys and cache are those of this process alone`];
    return { isReady: true, degraded };
  }
}

/** Without its storage the server takes no jobs; everything else works. */
@Injectable()
export class JobReadiness {
  constructor(@Inject(DurableStorage) private readonly storage: DurableStorage) {}

  @ReadinessCheck('jobs')
  readiness(): Readiness {
    if (this.storage.isAvailable) return { isReady: true };
    const { unavailability } = this.storage;
    const reason = unavailability === undefined ? '' : ` (${unavailability})`;
    return {
      isReady: true,
      degraded: [`jobs: their storage is not available${reason}; jobs and webhooks are refused`],
    };
  }
}

function warningsOf({ name, state }: ModelStatus): string[] {
  if (state.phase === 'failed') return [`model "${name}": ${state.error.message}`];
  return state.phase === 'ready' ? state.info.warnings.map((warning) => `model "${name}": ${warning}`) : [];
}

function reasonOf({ name, state }: ModelStatus): string {
  const model = `model "${name}"`;
  if (state.phase === 'restarting') return `${model}: the engine ${state.reason} and is being restarted`;
  if (state.phase === 'failed') return `${model}: ${state.error.message}`;
  return `${model}: ${state.phase}`;
}
