import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Pieces of text as a tokenizer of this size has them, in byte-level characters. */
export function pieces(count: number): string[] {
  const path = resolve(import.meta.dirname, '../../../models/storyteller/tokenizer.json');
  const { model } = JSON.parse(readFileSync(path, 'utf8')) as { model: { vocab: Record<string, number> } };
  const known = Object.keys(model.vocab).filter((piece) => piece.length > 1 && !piece.startsWith('<|'));
  const all = new Set([
    ...known,
    '{"',
    '":',
    '":"',
    '","',
    '"}',
    '":[',
    '"],"',
    '"}]',
    '":{"',
    'true',
    'false',
    'null',
    ':null',
    '}}',
  ]);
  for (let digits = 10; digits < 1000; digits++) all.add(String(digits));
  for (let i = 0; all.size < count; i++) all.add(known[i % known.length] + known[(i * i * 31 + 7) % known.length]);
  return [...all].slice(0, count);
}
