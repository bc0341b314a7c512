import { type CanActivate, type ExecutionContext, ForbiddenException, Injectable } from '@nestjs/common';
import { principalOf } from '@frontier/auth';

/** Lets the team's writers pass. */
@Injectable()
export class WritersOnlyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const principal = principalOf(context.switchToHttp().getRequest<object>());
    if (principal?.name === 'writer') return true;
    throw new ForbiddenException('Only writers may ask for summaries.');
  }
}
