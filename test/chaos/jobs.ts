/**
 * Kills the server with SIGKILL at random moments while jobs are posted and worked on, and counts what becomes of those that it
 * answered with 202; on SQLite, and on BullMQ with a real Redis that appends to a file.
 *
 *   npm run test:chaos [-- --jobs 1000 --kills 10]
 */
import { parseArgs } from 'node:util';
import { jobChaos } from '../support/job-chaos.ts';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '1000' }, kills: { type: 'string', default: '10' } },
});
let isGood = true;
console.log(
  '| queue | accepted | kills | lost | delivered | duplicates | refused signatures | first end after a restart, ms | s |',
);
console.log('| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const backend of ['sqlite', 'bullmq'] as const) {
  const result = await jobChaos({ backend, jobs: Number(values.jobs), kills: Number(values.kills) });
  const { accepted, kills, lost, delivered, duplicates, refused, slowestTakeoverMs, seconds } = result;
  console.log(
    `| ${[backend, accepted, kills, lost, delivered, duplicates, refused, slowestTakeoverMs, seconds].join(' | ')} |`,
  );
  isGood &&= lost === 0 && refused === 0;
}
process.exit(isGood ? 0 : 1);
