import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** The parts of Nest that tell how an app is put together: sixty lines at each start, for those who debug that. */
const FRAMEWORK = new Set<unknown>([
  'InstanceLoader',
  'LegacyRouteConverter',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's logger on the server's; what the framework says of itself is for `LOG_LEVEL=DEBUG`. */
@Injectable()
export class ServerLogger extends Logger {
  override log(message: unknown, ...optionalParams: unknown[]): void {
    if (FRAMEWORK.has(optionalParams.at(-1))) super.debug(message, ...optionalParams);
    else super.log(message, ...optionalParams);
  }
}
