import { Injectable } from '@nestjs/common';
import { type Readiness, ReadinessCheck } from '@frontier/health';

/** Reports on `/readyz` how much of the team's quota is left. */
@Injectable()
export class QuotaCheck {
  @ReadinessCheck('quota')
  readiness(): Readiness {
    return { isReady: true, degraded: ['quota: 5 % left'] };
  }
}
