export { JobMetrics } from './job-metrics.js';
