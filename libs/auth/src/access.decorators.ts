import { SetMetadata } from '@nestjs/common';

export const ACCESS = 'frontier:auth:access';

/** Who may call a route. */
export type Access = 'public' | 'keys' | 'admin';

/** Opens a route, or all routes of a controller, to callers without a token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, 'public' satisfies Access);

/** Opens a route, or all routes of a controller, only to keys with the admin flag. */
export const Admin = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, 'admin' satisfies Access);
