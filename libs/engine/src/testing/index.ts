export { byteTokenizer } from './byte-tokenizer.js';
export { FakeModelRunner, type FakeModelRunnerOptions } from './fake-model-runner.js';
