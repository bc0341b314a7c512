import type { EncoderModelInfo } from '@frontier/engine';
import { settingUnsupported } from './encoder.errors.js';

/**
 * The text that a model puts before others.
 * @param name of one of its prompts; default: the model's own default, if it has one
 * @throws `invalid_request` naming its prompts
 */
export function promptOf(
  { prompts, defaultPrompt }: Pick<EncoderModelInfo, 'prompts' | 'defaultPrompt'>,
  name: string | undefined,
): string | undefined {
  const named = name ?? defaultPrompt;
  if (named !== undefined && Object.hasOwn(prompts, named)) return prompts[named];
  if (name === undefined) return undefined;
  const names = Object.keys(prompts).join(', ') || 'none';
  throw settingUnsupported(`This model has no prompt "${name.slice(0, 64)}". Its prompts: ${names}.`);
}
