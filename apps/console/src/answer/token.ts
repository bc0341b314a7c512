import { percent } from '../format/numbers.js';

/** A token of an answer, with the chances that the model gave it and its rivals. */
export interface Token {
  /** As the API names it; bytes that are no whole character show as `\xe2`. */
  text: string;
  /** Place in the answer's text, in UTF-16 units. */
  start: number;
  end: number;
  logprob: number;
  alternatives: { text: string; logprob: number }[];
}

/** Tokens of one answer that are kept; later ones are text alone. */
export const MAX_ANSWER_TOKENS = 4096;

/** Degree of the model's doubt about a token; the underline grows with it. */
export type Doubt = 'none' | 'some' | 'more' | 'most';

export function doubtOf(logprob: number): Doubt {
  const p = Math.exp(logprob);
  if (p >= 0.5) return 'none';
  if (p >= 0.2) return 'some';
  return p >= 0.05 ? 'more' : 'most';
}

/** A row of the panel. */
interface Chance {
  text: string;
  probability: number;
  isChosen: boolean;
  isOthers?: true;
}

/** The chances at a token: the alternatives, the token itself where it is not among them, and what is left. */
export function chancesOf({ text, logprob, alternatives }: Token): Chance[] {
  const listed = alternatives.map((other) => ({
    text: other.text,
    probability: Math.exp(other.logprob),
    isChosen: other.text === text,
  }));
  if (!listed.some(({ isChosen }) => isChosen)) listed.push({ text, probability: Math.exp(logprob), isChosen: true });
  const rows = listed.toSorted((a, b) => b.probability - a.probability);
  const others = Math.max(0, 1 - rows.reduce((sum, { probability }) => sum + probability, 0));
  return [...rows, { text: 'others', probability: others, isChosen: false, isOthers: true }];
}

/** A chance as it is shown: "31.2 %", "0.03 %", "< 0.01 %". */
export function chanceText(probability: number): string {
  if (probability >= 0.0995 / 100 || probability === 0) return percent(probability, 1);
  return probability < 0.005 / 100 ? '< 0.01 %' : percent(probability, 2);
}

/** A token with all that is in it visible: spaces in quotes, line breaks as ↵, bytes as they are. */
export function visible(text: string): string {
  return `"${text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll('\r', '␍')}"`;
}
