import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from './helm.ts';
import { valuesTable } from './values-table.ts';

/** The chart's README with the table of its values made anew. */
export function chartReadme(): string {
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  const table = valuesTable(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  return readme.replace(/(<!-- values -->)[^]*(<!-- \/values -->)/, `$1\n\n${table}\n\n$2`);
}
