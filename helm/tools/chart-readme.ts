import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from './helm.ts';
import { valuesTable } from './values-table.ts';

export const README = join(CHART, 'README.md');

/** The chart's README with the table of its values made anew. */
export function renderReadme(): string {
  const table = valuesTable(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  return readFileSync(README, 'utf8').replace(/(<!-- values -->)[^]*(<!-- \/values -->)/, `$1\n\n${table}\n\n$2`);
}
