import type { ModelRunner, NextToken } from '@frontier/engine';

/** One token for each slot, in as many passes as the runner arranges; with logits. */
export async function decode(
  runner: ModelRunner,
  slots: readonly number[],
  tokens: readonly number[],
): Promise<NextToken[]> {
  const next = new Map<number, NextToken>();
  for (const group of runner.arrange(slots).groups) {
    const groupTokens = Int32Array.from(group, (slot) => tokens[slots.indexOf(slot)]);
    const results = await runner.decode(group, groupTokens, true);
    for (const [i, slot] of group.entries()) next.set(slot, results[i]);
  }
  return slots.map((slot) => next.get(slot)!);
}
