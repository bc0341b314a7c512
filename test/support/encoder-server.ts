import { type ScriptedEncoderModel, scriptedEngines, type ScriptedModel } from '@frontier/inference/testing';
import { startServer, type TestServer } from './server.ts';

type Models = Record<string, ScriptedEncoderModel | ScriptedModel>;

/** Options of a server whose models are scripted; the first is the default. */
export function scriptedModels(models: Models): { yaml: string; engines: ReturnType<typeof scriptedEngines> } {
  const entries = Object.entries(models).map(
    ([name, { aliases = [] }]) => `{ name: ${name}, path: ., aliases: [${aliases.join()}] }`,
  );
  return { yaml: `models: [${entries.join(', ')}]`, engines: scriptedEngines(models) };
}

/** A server of this process whose models are scripted; the first is the default. */
export function startScriptedServer(models: Models, env: Record<string, string> = {}): Promise<TestServer> {
  return startServer({ env, ...scriptedModels(models) });
}
