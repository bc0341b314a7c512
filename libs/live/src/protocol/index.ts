export {
  type Bye,
  byeSchema,
  type Hello,
  helloSchema,
  jobSchema,
  type Life,
  lifeSchema,
  LIVE_EVENTS,
  type LiveEventName,
  type LiveJob,
  MAX_ENDED,
  MAX_POINTS,
  MAX_UP,
  type Notice,
  noticeSchema,
} from './events.schema.js';
export { type LiveModel, modelSchema } from './model.schema.js';
export {
  type LifePhase,
  type LiveRequest,
  MAX_SAMPLES,
  MAX_SEGMENTS,
  PHASES,
  requestSchema,
} from './request.schema.js';
export {
  type JobCounts,
  jobCountsSchema,
  type ModelTick,
  modelTickSchema,
  type Tick,
  tickSchema,
} from './tick.schema.js';
