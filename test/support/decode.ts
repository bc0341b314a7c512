import type { ModelRunner, ForwardOutput } from '@frontier/engine';

/** One token for each slot, in as many passes as the runner plans; with logits. */
export async function decode(
  runner: ModelRunner,
  slots: readonly number[],
  tokens: readonly number[],
): Promise<ForwardOutput[]> {
  const next = new Map<number, ForwardOutput>();
  const plan = runner.plan(slots);
  await runner.relocate(plan);
  for (const group of plan.groups) {
    const groupTokens = Int32Array.from(group, (slot) => tokens[slots.indexOf(slot)]);
    const results = await runner.decode(group, groupTokens, true);
    for (const [i, slot] of group.entries()) next.set(slot, results[i]);
  }
  return slots.map((slot) => next.get(slot)!);
}
