import type { ChatPrompt } from '@frontier/batching';

/** The prompt of a conversation whose answer begins at once: thoughts that the template has begun end there. */
export function closedThoughts({ prompt, form }: Pick<ChatPrompt, 'prompt' | 'form'>): string {
  return form.thinking === 'begun' ? `${prompt}\n</think>\n\n` : prompt;
}
