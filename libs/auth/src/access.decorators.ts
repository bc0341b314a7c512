import { SetMetadata } from '@nestjs/common';

export const ACCESS = 'frontier:auth:access';

/** Access to a route: for everybody, for known keys, or for keys with the admin flag. */
export type Access = 'public' | 'keys' | 'admin';

/** Opens a route, or all routes of a controller, to callers without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, 'public' satisfies Access);

/** Opens a route, or all routes of a controller, only to keys with the admin flag. */
export const Admin = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, 'admin' satisfies Access);
