import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const ONNXRUNTIME = 'libs/engine/src/runner/onnxruntime.ts';

/** The packages that a package may import (docs/architecture.md), from the ground up: each only packages above its own line. */
const MAY_IMPORT: Record<string, string[]> = {
  'libs/errors': [],
  'libs/engine': ['errors'],
  'libs/telemetry': [],
  'libs/health': ['errors'],
  'libs/resilience': ['errors', 'telemetry'],
  'libs/redis': ['errors', 'resilience'],
  'libs/auth': ['errors'],
  'libs/rate-limit': ['errors', 'redis'],
  'libs/caching': ['resilience', 'redis'],
  'libs/idempotency': ['errors', 'resilience', 'redis'],
  'libs/batching': ['errors', 'engine', 'telemetry', 'resilience'],
  'libs/durable': ['errors', 'resilience'],
  'libs/webhooks': ['errors', 'telemetry', 'durable'],
  'libs/jobs': ['errors', 'resilience', 'telemetry', 'durable', 'webhooks'],
  'libs/inference': ['errors', 'engine', 'batching'],
  'libs/http': ['errors', 'health', 'resilience', 'auth', 'rate-limit', 'idempotency', 'telemetry'],
  'libs/inference-http': ['errors', 'rate-limit', 'telemetry', 'inference', 'http'],
  'libs/jobs-http': ['errors', 'auth', 'rate-limit', 'webhooks', 'jobs', 'inference', 'http', 'inference-http'],
  'libs/live': [
    'errors',
    'telemetry',
    'resilience',
    'auth',
    'rate-limit',
    'batching',
    'jobs',
    'inference',
    'http',
    'inference-http',
  ],
  // The server finds its built page by name; nothing imports it.
  'apps/console': [],
  'libs/server': ['*'],
  'apps/server': ['server'],
  'apps/frontier': ['errors', 'engine', 'auth', 'http', 'inference', 'server'],
};

/** Bounds of one screenful: files of a folder, lines of a file; specs apart. */
const MAX_FILES = 15;
const MAX_LINES = 250;

interface Import {
  file: string;
  specifier: string;
}

const files = globSync('{libs,apps}/*/src/**/*.{ts,tsx}', { cwd: ROOT }).map((file) => file.split(sep).join('/'));
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => ({
    file,
    specifier: match[1],
  })),
);

const packageOf = (file: string): string => file.split('/').slice(0, 2).join('/');
const production = imports.filter(({ file }) => !file.endsWith('.spec.ts'));
const show = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;

/** The file that a relative import names. */
function target({ file, specifier }: Import): string {
  const path = relative(ROOT, resolve(ROOT, dirname(file), specifier.replace(/\.js$/, '.ts')))
    .split(sep)
    .join('/');
  return files.includes(`${path}x`) ? `${path}x` : path;
}

function isOf({ specifier }: Import, name: string): boolean {
  return specifier === `@frontier/${name}` || specifier.startsWith(`@frontier/${name}/`);
}

/** Ways from something back to itself. */
function cyclesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, path: string[]): void => {
    const at = path.indexOf(node);
    if (at !== -1) cycles.push([...path.slice(at), node].join(' -> '));
    if (at !== -1 || done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}

/** Tests for a file that imports another one: directly, or the package whose `index.ts` exports it. */
function reaches(from: string, to: string): boolean {
  const index = `${packageOf(to)}/src/index.ts`;
  const isExported = imports.some((found) => found.file === index && target(found) === to);
  return imports.some(
    (found) =>
      found.file === from &&
      (found.specifier.startsWith('.')
        ? target(found) === to
        : isExported && found.specifier === `@frontier/${packageOf(to).split('/')[1]}`),
  );
}

const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

/** The cells of the tables below a heading of the page, a table each; without their heads. */
function tablesOf(heading: string): string[][][] {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const tables = section.match(/(?:^\|.*\n)+/gm) ?? [];
  return tables.map((table) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** The file that a cell links to. */
function linkOf(cell: string): string | undefined {
  return /\]\(\.\.\/([^)]+)\)/.exec(cell)?.[1];
}

describe('the architecture', () => {
  it('has a line for every package', () => {
    expect(new Set(files.map(packageOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  it('lets packages import only those that their line names, all of them above', () => {
    const packages = Object.keys(MAY_IMPORT);
    const wrong = production.filter(({ file, specifier }) => {
      const name = /^@frontier\/([^/]+)/.exec(specifier)?.[1];
      if (name === undefined) return false;
      const allowed = MAY_IMPORT[packageOf(file)];
      const isAbove = packages.indexOf(`libs/${name}`) < packages.indexOf(packageOf(file));
      return !isAbove || !(allowed.includes('*') || allowed.includes(name));
    });
    expect(wrong.map(show)).toEqual([]);
  });

  it('names no package that is not imported', () => {
    const unused = Object.entries(MAY_IMPORT).flatMap(([name, allowed]) =>
      allowed
        .filter((other) => other !== '*')
        .filter((other) => !production.some((found) => packageOf(found.file) === name && isOf(found, other)))
        .map((other) => `${name} may import ${other}`),
    );
    expect(unused).toEqual([]);
  });

  it('keeps files and folders small', () => {
    const sources = files.filter((file) => !file.endsWith('.spec.ts'));
    const long = sources
      .map((file) => [file, readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1] as const)
      .filter(([, lines]) => lines > MAX_LINES);
    const folders = Map.groupBy(sources, (file) => dirname(file));
    const full = [...folders]
      .filter(([, { length }]) => length > MAX_FILES)
      .map(([folder, { length }]) => [folder, length]);
    expect([...long, ...full]).toEqual([]);
  });

  it('has no cycles between folders', () => {
    const edges = new Map<string, Set<string>>();
    for (const found of production) {
      if (!found.specifier.startsWith('.') || found.file.endsWith('/src/index.ts')) continue;
      const [from, to] = [dirname(found.file), dirname(target(found))];
      if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
    expect(cyclesOf(edges)).toEqual([]);
  });

  it('reaches other packages by their name only', () => {
    const reaching = imports.filter(
      (found) => found.specifier.startsWith('.') && packageOf(target(found)) !== packageOf(found.file),
    );
    expect(reaching.map(show)).toEqual([]);
  });

  it('never imports the own barrel', () => {
    const own = imports.filter((found) => {
      if (!found.specifier.startsWith('.'))
        return found.specifier === `@frontier/${packageOf(found.file).split('/')[1]}`;
      return target(found) === `${packageOf(found.file)}/src/index.ts`;
    });
    expect(own.map(show)).toEqual([]);
  });

  it('has no import cycles', () => {
    const edges = new Map<string, Set<string>>();
    for (const found of production) {
      if (found.specifier.startsWith('.'))
        edges.set(found.file, (edges.get(found.file) ?? new Set()).add(target(found)));
    }
    expect(cyclesOf(edges)).toEqual([]);
  });

  it('keeps the engine plain: no Nest, no rxjs, no decorators, no environment', () => {
    const engine = production.filter(({ file }) => packageOf(file) === 'libs/engine');
    expect(engine.filter(({ specifier }) => /^(@nestjs|rxjs|reflect-metadata)/.test(specifier)).map(show)).toEqual([]);
    const impure = files.filter((file) => {
      return (
        packageOf(file) === 'libs/engine' &&
        file !== ONNXRUNTIME && // which turns telemetry off
        /process\.env|^\s*@[A-Z]\w*\(/m.test(readFileSync(join(ROOT, file), 'utf8'))
      );
    });
    expect(impure).toEqual([]);
  });

  it('imports onnxruntime-node in one file, which turns its telemetry off', () => {
    const native = imports.filter(({ specifier }) => specifier.startsWith('onnxruntime'));
    expect(native.map(({ file }) => file)).toEqual([ONNXRUNTIME]);
  });

  it('declares in each package what the package imports', () => {
    const undeclared = production.filter(({ file, specifier }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return false;
      const manifest = JSON.parse(readFileSync(join(ROOT, packageOf(file), 'package.json'), 'utf8')) as Manifest;
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      // The page of the console is built of its dependencies; none is installed with it.
      const isDevelopment = file.includes('/src/testing/') || packageOf(file) === 'apps/console';
      const development = isDevelopment && manifest.devDependencies?.[name];
      return !(manifest.dependencies?.[name] ?? manifest.peerDependencies?.[name] ?? development);
    });
    expect(undeclared.map(show)).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('lists the packages with their imports as this test has them', () => {
    const [rows] = tablesOf('Packages');
    const listed = rows.map(([name, , allowed]) => [
      /`([^`]+)`/.exec(name)?.[1],
      allowed === 'all' ? ['*'] : [...allowed.matchAll(/`([^`]+)`/g)].map(([, other]) => other),
    ]);
    expect(listed).toEqual(Object.entries(MAY_IMPORT));
  });

  const [way, wayBack] = tablesOf("A request's straight line");

  it('leads from the controller to session.run in 9 files at most, each of which imports the next', () => {
    const line = way.map(([file, , port]) => ({ file: linkOf(file)!, port: linkOf(port) }));
    expect(line.length).toBeLessThanOrEqual(9);
    expect(line[0].file).toMatch(/\.controller\.ts$/);
    expect(readFileSync(join(ROOT, line.at(-1)!.file), 'utf8')).toContain('session.run(');
    const broken = line.slice(1).filter(({ file: to }, i) => {
      const { file: from, port } = line[i];
      return port === undefined ? !reaches(from, to) : !(reaches(from, port) && reaches(to, port));
    });
    expect(broken).toEqual([]);
  });

  it('leads a token back through 3 async generators at most', () => {
    const generators = wayBack
      .map(([file]) => linkOf(file)!)
      .flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/\basync (?:function)?\s*\*/g) ?? []);
    expect(generators.length).toBeGreaterThan(0);
    expect(generators.length).toBeLessThanOrEqual(3);
  });
});

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
