export { InferenceTestingModule, type InferenceTestingModuleOptions } from './inference-testing.module.js';
export type { AnswerScript, ScriptedAnswer, ScriptedRequest } from './scripted-answer.js';
export type { ScriptedEncoderModel } from './scripted-encoder.js';
export { scriptedEngines } from './scripted-engines.js';
export { ScriptedEngine, type ScriptedEngineOptions, type ScriptedModel } from './scripted-engine.js';
