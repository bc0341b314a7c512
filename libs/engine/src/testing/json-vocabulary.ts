import type { Constraint } from '../grammar/constraint.js';

/** All bytes, pieces of JSON that reach over the borders of its tokens, numbers, and syllables. */
export const JSON_VOCABULARY: readonly Buffer[] = pieces(10_000);

/** Tokens that make costly answers: those that close, that open, that separate, and any. */
export const PREFERENCES: readonly RegExp[] = [/["\]},]/, /^[[{]$|":[[{]?$|^"$/, /,/, /./];

/** Writes an answer of so many tokens, those that are preferred where they may come; calls back with each mask to be made. */
export function writeAnswer(
  constraint: Constraint,
  preferred: RegExp,
  tokens: number,
  mask = (make: () => void): void => make(),
): void {
  const logits = new Float32Array(JSON_VOCABULARY.length);
  for (let step = 0; step < tokens && !constraint.mustEnd; step++) {
    logits.fill(0);
    mask(() => constraint.mask(logits));
    const allowed = [...logits.keys()].filter((token) => logits[token] === 0);
    const better = allowed.filter((token) => preferred.test(JSON_VOCABULARY[token].toString()));
    const from = better.length > 0 && step % 4 !== 3 ? better : allowed;
    constraint.accept(from[(step * 7919) % from.length]);
  }
}

function pieces(count: number): Buffer[] {
  const json = [
    '{"',
    '":',
    '":"',
    '","',
    '"}',
    '":[',
    '"],"',
    '"}]',
    '},{"',
    '":{"',
    ':[',
    '],[',
    '1,',
    '2}',
    'true',
    'null,',
    '}}',
    ']]',
  ];
  const all = new Set([...json, ...Array.from({ length: 1000 }, (_, i) => String(i))]);
  for (let i = 0; all.size < count - 256; i++) {
    all.add(
      `${'abcdefghijklmnopqrst'[i % 20]}${'aeiou'[i % 5]}${i.toString(36)}${i % 7 === 0 ? '",' : ''}${i % 11 === 0 ? 'é' : ''}`,
    );
  }
  return [...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte)), ...[...all].map((piece) => Buffer.from(piece))];
}
