export { bytesOfText, byteVocabulary } from './byte-vocabulary.js';
export { FakeModelRunner, type FakeModelRunnerOptions } from './fake-model-runner.js';
export { loadWhereSaturating } from './load-where-saturating.js';
export { int8Saturates } from './processor.js';
