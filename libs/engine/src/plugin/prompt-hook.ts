import type { EnginePlugin } from './engine-plugin.js';
import { pluginFailed } from './plugin.errors.js';

/** A plugin's change of prompts, guarded so that its failure is `plugin_failed`. */
export type PromptHook = (text: string, context: { addSpecialTokens: boolean }) => string;

/** The prompt hook of a plugin, if it has one. */
export function createPromptHook(plugin: EnginePlugin | undefined): PromptHook | undefined {
  if (!plugin?.prompt) return undefined;
  return (text, { addSpecialTokens }) => {
    let changed: unknown;
    try {
      changed = plugin.prompt!(text, { addSpecialTokens });
    } catch (error) {
      throw pluginFailed('prompt hook', error);
    }
    if (typeof changed === 'string') return changed;
    throw pluginFailed('prompt hook', `it returned a value of type ${typeof changed} in place of text`);
  };
}
