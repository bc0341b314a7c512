/**
 * Measures a process from within (`--import`): the thread CPU time of every callback of its event loop, its heap and other memory. Responds over
 * the IPC channel. Promise reactions are callbacks of their own: the loop gets no turn between them, so a chain of them is summed up.
 */
import { createHook, executionAsyncId } from 'node:async_hooks';

let longest = { ms: 0, type: '' };
let depth = 0;
let startedUs = 0;
/** Reactions that follow one callback without a turn of the loop between them. */
let chainUs = 0;
const types = new Map();

const cpuUs = () => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

createHook({
  init(id, type) {
    if (type !== 'PROMISE' && type !== 'TickObject' && type !== 'Microtask') types.set(id, type);
  },
  destroy(id) {
    types.delete(id);
  },
  before() {
    if (depth++ === 0) startedUs = cpuUs();
  },
  after(id) {
    if (--depth > 0) return;
    depth = 0;
    const type = types.get(id);
    const usedUs = cpuUs() - startedUs;
    chainUs = type === undefined ? chainUs + usedUs : usedUs;
    if (chainUs / 1000 > longest.ms)
      longest = { ms: chainUs / 1000, type: type ?? `reactions (${executionAsyncId()})` };
  },
}).enable();

process.on('message', (message) => {
  if (message !== 'measure') return;
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ longest, cpuMs: cpuUs() / 1000, rss, heapUsed, external });
  longest = { ms: 0, type: '' };
});
process.channel?.unref();
