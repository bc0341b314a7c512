import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const ONNXRUNTIME = 'libs/engine/src/runner/onnxruntime.ts';

/** Layers from the ground up (docs/architecture.md); a package may import only from layers below its own. */
const LAYERS: Record<string, number> = {
  'libs/errors': 0,
  // Of the two packages without Nest, errors is the ground that the engine stands on.
  'libs/engine': 0.5,
  'libs/config': 1,
  'libs/health': 1,
  'libs/resilience': 1,
  // A connection is guarded by a breaker.
  'libs/redis': 1.5,
  'libs/auth': 2,
  'libs/rate-limit': 2,
  'libs/caching': 2,
  'libs/idempotency': 2,
  'libs/batching': 2,
  'libs/durable': 2,
  'libs/telemetry': 2.1,
  // They bring their metrics.
  'libs/webhooks': 2.2,
  // Messages about their ends are signed webhooks.
  'libs/jobs': 2.5,
  'libs/inference': 3,
  'apps/api': 4,
};

interface Import {
  file: string;
  specifier: string;
}

const files = globSync('{libs,apps}/*/src/**/*.ts', { cwd: ROOT }).map((file) => file.split(sep).join('/'));
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
  return relative(ROOT, resolve(ROOT, dirname(file), specifier.replace(/\.js$/, '.ts')))
    .split(sep)
    .join('/');
}

describe('the architecture', () => {
  it('has a layer for every package', () => {
    expect(new Set(files.map(packageOf))).toEqual(new Set(Object.keys(LAYERS)));
  });

  it('lets packages import only from the layers below', () => {
    const upward = production.filter(({ file, specifier }) => {
      const name = /^@frontier\/([^/]+)/.exec(specifier)?.[1];
      return name !== undefined && !(LAYERS[`libs/${name}`] < LAYERS[packageOf(file)]);
    });
    expect(upward.map(show)).toEqual([]);
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
    const edges = new Map<string, string[]>();
    for (const found of production) {
      if (found.specifier.startsWith('.')) edges.set(found.file, [...(edges.get(found.file) ?? []), target(found)]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      const at = path.indexOf(file);
      if (at !== -1) cycles.push([...path.slice(at), file].join(' -> '));
      if (at !== -1 || done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
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
      const testing = file.includes('/src/testing/') && manifest.devDependencies?.[name];
      return !(manifest.dependencies?.[name] ?? manifest.peerDependencies?.[name] ?? testing);
    });
    expect(undeclared.map(show)).toEqual([]);
  });
});

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
