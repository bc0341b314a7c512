/** Prompts to begin with, which the bundled models are good at. */
export const STARTERS: Readonly<Record<'chat' | 'completion', readonly [string, ...string[]]>> = {
  chat: ['Tell me a story about a fox.', 'Who are you?', 'Tell me a story about a dragon in three sentences.'],
  completion: ['Once upon a time', 'The little mouse wanted to', '"Look!" said the girl.'],
};
