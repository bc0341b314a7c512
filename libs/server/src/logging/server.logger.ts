import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** The parts of Nest that log how an app is put together: sixty lines at each start, for debugging. */
const FRAMEWORK = new Set<unknown>([
  'InstanceLoader',
  'LegacyRouteConverter',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's logger on the server's; lines of the framework about itself need `LOG_LEVEL=DEBUG`. */
@Injectable()
export class ServerLogger extends Logger {
  override log(message: unknown, ...optionalParams: unknown[]): void {
    if (FRAMEWORK.has(optionalParams.at(-1))) super.debug(message, ...optionalParams);
    else super.log(message, ...optionalParams);
  }
}
