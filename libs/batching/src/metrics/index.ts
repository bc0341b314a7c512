export { EngineMetrics } from './engine-metrics.js';
