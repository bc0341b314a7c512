export { HealthModule } from './health.module.js';
export { ReadinessCheck } from './readiness-check.decorator.js';
export type { Readiness } from './readiness-check.decorator.js';
export { ReadinessService } from './readiness.service.js';
export type { ReadinessReport } from './readiness.service.js';
