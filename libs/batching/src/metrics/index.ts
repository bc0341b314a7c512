export { EngineMetrics } from './engine-metrics.js';
export { PrefixCacheMetrics } from './prefix-cache-metrics.js';
export { SpeculationMetrics } from './speculation-metrics.js';
