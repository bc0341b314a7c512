import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Test {
  description: string;
  data: unknown;
  valid: boolean;
}

export interface SuiteSchema {
  file: string;
  schema: unknown;
  instances: readonly Test[];
}

export interface Suite {
  name: string;
  schemas: Iterable<SuiteSchema>;
}

/** What TypeScript 6.0 does not know of it yet (https://tc39.es/proposal-json-parse-with-source). */
const Json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

const parse = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** The same with whole numbers that have a point as they stand: a grammar of integers refuses them. */
const parseRaw = (path: string): unknown =>
  Json.parse(readFileSync(path, 'utf8'), (_, value, { source }) =>
    Number.isInteger(value) && source.includes('.') ? Json.rawJSON(source) : value,
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
    yield { file, schema: parse(join(folder, file)), instances: [] };
  }
}

function* maskBenchSchemas(folder: string): Iterable<SuiteSchema> {
  for (const file of globSync('*.json', { cwd: folder }).sort()) {
    const { schema } = parse(join(folder, file)) as { schema: unknown };
    const { tests = [] } = parseRaw(join(folder, file)) as { tests?: Test[] };
    yield { file, schema, instances: tests };
  }
}

function* officialSchemas(folder: string): Iterable<SuiteSchema> {
  for (const file of globSync('**/*.json', { cwd: folder }).sort()) {
    const groups = parse(join(folder, file)) as { description: string; schema: unknown }[];
    const raw = parseRaw(join(folder, file)) as { tests: Test[] }[];
    for (const [i, { description, schema }] of groups.entries()) {
      yield { file: `${file} ${description}`, schema, instances: raw[i].tests };
    }
  }
}
