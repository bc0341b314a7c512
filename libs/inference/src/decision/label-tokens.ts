import type { ModelEngine } from '@frontier/batching';
import type { Label } from './question.js';

/** What may be before a label: tokenizers write a word in another token at the beginning of a text, behind a space and in a line. */
const BEFORE = ['', ' ', '\n'];

/** Finds the tokens of labels, and remembers them for each model. */
export class LabelTokens {
  private readonly known = new Map<string, Map<string, number[]>>();

  /**
   * The tokens that are the label in any of its spellings, with white space before it or without; none where it takes several.
   * @param fingerprint of the model
   */
  async of(engine: ModelEngine, fingerprint: string, label: Label): Promise<number[]> {
    const known = this.known.get(fingerprint) ?? new Map<string, number[]>();
    this.known.set(fingerprint, known);
    const [name] = label;
    const found = known.get(name) ?? (await tokensOf(engine, label));
    known.set(name, found);
    return found;
  }
}

async function tokensOf(engine: ModelEngine, label: Label): Promise<number[]> {
  const found = new Set<number>();
  for (const spelling of label) {
    for (const before of BEFORE) {
      const last = (await engine.encode(before + spelling, { addSpecialTokens: false })).at(-1);
      if (last === undefined) continue;
      const [{ text, isSpecial }] = await engine.pieces(Int32Array.of(last), {});
      if (!isSpecial && text.trim() === spelling) found.add(last);
    }
  }
  return [...found];
}
