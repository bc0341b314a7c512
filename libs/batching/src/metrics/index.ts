export { EngineMetrics } from './engine-metrics.js';
export { PrefixCacheMetrics } from './prefix-cache-metrics.js';
export { ResidencyMetrics } from './residency-metrics.js';
export { SpeculationMetrics } from './speculation-metrics.js';
