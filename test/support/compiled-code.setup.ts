import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Compiled code, which each of the many processes of a run would otherwise compile again, and a place for the graphs of those that share them. */
export default function setUpCaches(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-caches-'));
  process.env.NODE_COMPILE_CACHE = join(folder, 'code');
  process.env.SHARED_GRAPHS = join(folder, 'graphs');
  return () => rmSync(folder, { recursive: true });
}
