/** Cosine of two vectors, -1 to 1; null where one has no length. */
export function cosine(a: readonly number[], b: readonly number[]): number | null {
  let [dot, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    dot += a[i] * b[i];
    ofA += a[i] * a[i];
    ofB += b[i] * b[i];
  }
  const length = Math.sqrt(ofA * ofB);
  return length === 0 ? null : Math.max(-1, Math.min(1, dot / length));
}

/** A row of the grid: a text, and its vector or the error that it got. */
export interface TextRow {
  number: number;
  text: string;
  vector: readonly number[] | null;
  error: string | null;
}

/** Texts of the grid at most. */
export const MAX_TEXTS = 32;

export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, MAX_TEXTS);
}

/** The rows in the order of their similarity to one of them; as they are where none is chosen. */
export function sortRows(rows: readonly TextRow[], by: number | null): TextRow[] {
  const chosen = rows.find(({ number }) => number === by)?.vector;
  if (!chosen) return [...rows];
  const nearness = (row: TextRow): number => (row.vector ? (cosine(chosen, row.vector) ?? -2) : -2);
  return rows.toSorted((a, b) => nearness(b) - nearness(a));
}
