/**
 * A process that opens graphs of a cache as an engine does, 200 times one of a few keys. Usage:
 * node graph-cacher.mjs FOLDER MAX_BYTES KEY...; prints how many it built, took from the cache and found gone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachedGraph } from '../../libs/engine/dist/graph-store/graph-store.js';
import { GRAPH_FILES } from '../../libs/engine/dist/graph-store/graph-files.js';

const [folder, maxBytes, ...keys] = process.argv.slice(2);
const counts = { built: 0, cached: 0, gone: 0 };

for (let i = 0; i < 200; i++) {
  const key = keys[Math.floor(Math.random() * keys.length)];
  const graph = await cachedGraph({ folder, maxBytes: Number(maxBytes) }, key, (draft) => {
    for (const name of Object.values(GRAPH_FILES)) writeFileSync(join(draft, name), `${name} of ${key}`.repeat(100));
  });
  if (graph.warning) throw new Error(graph.warning);
  try {
    for (const name of Object.values(GRAPH_FILES)) {
      const text = readFileSync(join(dirname(graph.path), name), 'utf8');
      if (text !== `${name} of ${key}`.repeat(100)) throw new Error(`${name} is damaged: ${text.slice(0, 200)}`);
    }
    counts[graph.origin]++;
  } catch (error) {
    // Evicted before it was open; the engine asks again.
    if (error.code !== 'ENOENT') throw error;
    counts.gone++;
  }
}
process.stdout.write(JSON.stringify(counts));
