/** The oldest major version of Node that the server runs on; `engines` of the root package says the same. */
export const MIN_NODE_MAJOR = 24;

/** The error message for a Node that is too old. Runs on that Node itself, so it imports nothing. */
export function nodeVersionProblem(found: string): string | undefined {
  if (Number.parseInt(found, 10) >= MIN_NODE_MAJOR) return undefined;
  return `This is Node ${found}, and the server needs Node ${MIN_NODE_MAJOR} or later. Start it with \`npm start\`, which uses the Node that \`npm ci\` has brought (node_modules/.bin/node), or install a later one.`;
}
