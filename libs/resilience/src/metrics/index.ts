export { BreakerMetrics } from './breaker-metrics.js';
