export { byteOpsPerSecond } from './byte-products.js';
export { memoryBandwidth } from './memory-bandwidth.js';
export { processorFeatures } from './processor.js';
export { intraOpThreads } from './intra-op-threads.js';
