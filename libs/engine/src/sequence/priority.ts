/** The priorities of requests, the most urgent first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

/** The urgency of a request. */
export type Priority = (typeof PRIORITIES)[number];

/** A priority as a number, 0 being the most urgent. */
export function priorityLevel(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
