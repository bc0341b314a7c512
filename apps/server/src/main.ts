import { nodeVersionProblem } from './node-version.js';
import { SERVER_FOLDER } from './server-folder.js';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not before: with an older Node, its imports fail with a message that does not help.
  const { startServer } = await import('@frontier/server/start');
  await startServer({ folder: SERVER_FOLDER });
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
