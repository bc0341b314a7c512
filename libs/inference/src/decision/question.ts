/** What can be answered: one of several choices, or one of several levels in order. */
export interface Option {
  name: string;
  description?: string;
}

/** A question about a conversation, which one token answers. */
export type Question =
  | { type: 'predicate'; instructions: string }
  | { type: 'choice'; instructions: string; options: readonly Option[] }
  | { type: 'score'; instructions: string; options: readonly Option[] };

/** Choices have letters, levels have digits. */
export const MAX_OPTIONS = { choice: 26, score: 10 } as const;

/** A label of an answer, in all spellings that count as it. */
export type Label = readonly [string, ...string[]];

/** A question as it is written behind the conversation, and the labels that answer it. */
export interface AskedQuestion {
  text: string;
  labels: readonly Label[];
}

const YES_OR_NO: readonly Label[] = [
  ['Yes', 'yes'],
  ['No', 'no'],
];

/** Writes a question. */
export function asked(question: Question): AskedQuestion {
  const { type, instructions } = question;
  if (type === 'predicate') {
    return { text: `${instructions}\n\nIs this true? Answer with Yes or No only.`, labels: YES_OR_NO };
  }
  const { options } = question;
  const labels = options.map((_, i): Label => [type === 'choice' ? String.fromCodePoint(65 + i) : String(i)]);
  const lines = options.map(
    ({ name, description }, i) => `${labels[i][0]}. ${name}${description ? `: ${description}` : ''}`,
  );
  const what = type === 'choice' ? 'letter of one option' : 'number of one level';
  return { text: `${instructions}\n\n${lines.join('\n')}\n\nAnswer with the ${what} only.`, labels };
}
