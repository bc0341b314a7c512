import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDockerfile } from './support/dockerfile.ts';
import { type BuiltImage, buildImage } from './support/image-build.ts';
import { ImageProcess } from './support/image-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean }>;
};
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

describe('the Dockerfile', () => {
  it('passes a linter', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('has the Node that the project pins', () => {
    const { globals } = readDockerfile(dockerfile);
    const versions = new Set(Object.values(manifest.optionalDependencies));
    expect(globals).toContain(`NODE_VERSION=${[...versions].join(' or ')}`);
  });

  it('takes no secret as an argument or a variable, which would stay in the image', () => {
    const named = dockerfile.split('\n').filter((line) => /^(ARG|ENV)\b.*(TOKEN|SECRET|KEY|PASSWORD)/i.test(line));
    expect(named).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('the image that its steps make', { timeout: 400_000 }, () => {
  let folder: string;
  let image: BuiltImage;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-image-'));
    chmodSync(folder, 0o755); // the image's user must come through
    image = buildImage({ dockerfile, context: ROOT, into: folder });
  }, 400_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const paths = (pattern: string): string[] => globSync(pattern, { cwd: join(image.root, image.workdir) });

  it('has what the server needs, for this platform only, and no sources', () => {
    const development = Object.keys(packages).filter((path) => packages[path]!.dev === true);
    expect(development.length).toBeGreaterThan(100);
    expect(development.filter((path) => existsSync(join(image.root, image.workdir, path)))).toEqual([]);
    expect(paths('node_modules/{node-linux-*,typescript}')).toEqual([]);
    expect(paths('node_modules/onnxruntime-node/bin/napi-v6/*/*')).toEqual([
      `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
    ]);
    expect(paths('{apps,libs}/**/*.{ts,spec.js,tsbuildinfo}').filter((path) => !path.includes('node_modules'))).toEqual(
      [],
    );
    expect(readdirSync(join(image.root, image.workdir)).toSorted().join(' ')).toBe(
      'LICENSE apps configs libs models node_modules package-lock.json package.json',
    );
  });

  it('serves as a user that is not root, writes to its volumes only, is healthy, and ends on SIGTERM', async () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const before = globSync('**/*', { cwd: image.root });
    await using server = await ImageProcess.start(image);
    const answer = await server.infer('Once upon a time');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model: 'storyteller', output: expect.stringMatching(/\w+/) as string });
    expect((await fetch(`${server.url}/docs/json`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/console/`)).text()).toContain('<title>Frontier</title>');
    expect(server.healthcheck()).toBe(0);

    const inVolume = (path: string): boolean => image.volumes.some((volume) => `/${path}/`.startsWith(`${volume}/`));
    const made = globSync('**/*', { cwd: image.root }).filter((path) => !before.includes(path));
    expect(made.filter((path) => !inVolume(path))).toEqual([]);
    expect(existsSync(join(image.root, 'data/jobs.db'))).toBe(true);
    // A graph for each of the two models, and what is known of the files that they were made of.
    expect(readdirSync(join(image.root, 'cache')).toSorted()).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      'facts',
    ]);

    expect(await server.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(server.healthcheck()).toBe(1);
  });

  it.runIf(process.getuid?.() === 0)('keeps its user from changing the server', () => {
    const [uid, gid] = image.user.split(':').map(Number) as [number, number];
    const touch = (path: string): number | null =>
      spawnSync('touch', [join(image.root, path)], { uid, gid, stdio: 'ignore' }).status;
    expect(touch('app/apps/server/dist/main.js')).toBe(1);
    expect(touch('data/a-file')).toBe(0);
  });
});
