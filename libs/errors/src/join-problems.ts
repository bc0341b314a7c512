/** Problems that one message lists; more are counted. */
const MAX_PROBLEMS = 20;

/** Several problems as one message, a line each. */
export function joinProblems(problems: readonly string[]): string {
  const unique = [...new Set(problems)];
  const more = unique.length - MAX_PROBLEMS;
  return [...unique.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`${more} more problems are not listed.`] : [])].join('\n');
}
