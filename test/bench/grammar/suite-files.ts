import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SuiteSchema {
  file: string;
  schema: unknown;
  instances: readonly { description: string; data: unknown; valid: boolean }[];
}

export interface Suite {
  name: string;
  schemas: Iterable<SuiteSchema>;
}

/** Whole numbers that are written with a point stay so: a grammar of integers refuses them. */
const read = (path: string): unknown =>
  JSON.parse(readFileSync(path, 'utf8'), (_, value: unknown, { source }) =>
    Number.isInteger(value) && source.includes('.') ? JSON.rawJSON(source) : value,
  );

/** The suites whose clones are in a folder. */
export function suitesIn(folder: string): Suite[] {
  const [bench, official] = [join(folder, 'jsonschemabench'), join(folder, 'JSON-Schema-Test-Suite')];
  const suites: Suite[] = [];
  if (existsSync(join(bench, 'data')))
    suites.push({ name: 'JSONSchemaBench', schemas: benchSchemas(join(bench, 'data')) });
  if (existsSync(join(bench, 'maskbench/data')))
    suites.push({ name: 'MaskBench', schemas: maskBenchSchemas(join(bench, 'maskbench/data')) });
  for (const draft of ['draft4', 'draft6', 'draft7', 'draft2019-09', 'draft2020-12']) {
    const tests = join(official, 'tests', draft);
    if (existsSync(tests)) suites.push({ name: `JSON-Schema-Test-Suite ${draft}`, schemas: officialSchemas(tests) });
  }
  return suites;
}

function* benchSchemas(folder: string): Iterable<SuiteSchema> {
  for (const file of globSync('*/*.json', { cwd: folder }).sort()) {
    yield { file, schema: read(join(folder, file)), instances: [] };
  }
}

function* maskBenchSchemas(folder: string): Iterable<SuiteSchema> {
  for (const file of globSync('*.json', { cwd: folder }).sort()) {
    const { schema, tests = [] } = read(join(folder, file)) as {
      schema: unknown;
      tests?: { description?: string; data: unknown; valid: boolean }[];
    };
    yield { file, schema, instances: tests.map((test) => ({ description: '', ...test })) };
  }
}

function* officialSchemas(folder: string): Iterable<SuiteSchema> {
  for (const file of globSync('**/*.json', { cwd: folder }).sort()) {
    const groups = read(join(folder, file)) as {
      description: string;
      schema: unknown;
      tests: { description: string; data: unknown; valid: boolean }[];
    }[];
    for (const { description, schema, tests } of groups) {
      yield { file: `${file} ${description}`, schema, instances: tests };
    }
  }
}
