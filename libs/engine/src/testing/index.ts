export { bytesOfText, byteVocabulary } from './byte-vocabulary.js';
export { FakeModelRunner, type FakeModelRunnerOptions } from './fake-model-runner.js';
