import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'frontier:auth:public';

/** Opens a route, or all routes of a controller, to callers without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(IS_PUBLIC, true);
