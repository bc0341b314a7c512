import type { LogLevel } from '@nestjs/common';
import type { Environment } from '@frontier/config';

const NEST_LEVEL: Record<Environment['LOG_LEVEL'], LogLevel> = {
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'log',
  DEBUG: 'debug',
  TRACE: 'verbose',
};

/** Nest's names of the levels that are logged, given the least severe one. */
export function logLevels(least: Environment['LOG_LEVEL']): LogLevel[] {
  const levels = Object.values(NEST_LEVEL);
  return levels.slice(0, levels.indexOf(NEST_LEVEL[least]) + 1);
}
