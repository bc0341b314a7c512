import { type ScriptedEncoderModel, scriptedEngines, type ScriptedModel } from '@frontier/inference/testing';
import { startServer, type TestServer } from './server.ts';

/** A server of this process whose models are scripted; the first is the default. */
export function startScriptedServer(
  models: Record<string, ScriptedEncoderModel | ScriptedModel>,
  env: Record<string, string> = {},
): Promise<TestServer> {
  const entries = Object.entries(models).map(
    ([name, { aliases = [] }]) => `{ name: ${name}, path: ., aliases: [${aliases.join()}] }`,
  );
  return startServer({ env, yaml: `models: [${entries.join(', ')}]`, engines: scriptedEngines(models) });
}
