export { WebhookMetrics } from './webhook-metrics.js';
