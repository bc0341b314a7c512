/** The classes of requests, the most urgent first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

/** How urgent a request is. */
export type Priority = (typeof PRIORITIES)[number];

/** The class as a number, 0 being the most urgent. */
export function rankOf(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
