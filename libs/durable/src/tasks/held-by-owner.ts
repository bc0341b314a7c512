/** Tasks that a process works on, by owner. */
export type Held = readonly (readonly [owner: string, tasks: number])[];

export function heldByOwner(running: Iterable<{ owner: string }>): Held {
  const counts = new Map<string, number>();
  for (const { owner } of running) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return [...counts];
}
