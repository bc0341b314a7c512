import { nodeVersionProblem } from './node-version.js';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not before: with an older Node, its imports fail with words that help nobody.
  await import('./start.js');
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
