import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { startServer } from '../support/server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RULES = resolve(ROOT, 'helm/frontier-inference/files/rules/alerts.yaml');
const DASHBOARD = resolve(ROOT, 'helm/frontier-inference/files/dashboards/inference-api.json');

interface Rule {
  alert: string;
  expr: string;
  annotations: { runbook: string };
}
const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const panels = (
  JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: { title: string; targets: { expr: string }[] }[] }
).panels;

/** The metrics that a PromQL expression names. */
function metricsIn(expression: string): string[] {
  const names =
    expression
      .replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b(by|on|without)\s*\([^)]*\)/g, ' ')
      .match(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g) ?? [];
  return names.filter((name) => name.includes('_')).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
}

describe('dashboard and alerts', () => {
  it('name only metrics that the server has', async () => {
    const server = await startServer();
    const text = await (await fetch(`${server.url}/metrics`)).text();
    await server.close();
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const named = [
      ...rules.map(({ expr }) => expr),
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ].flatMap(metricsIn);
    expect(named.length).toBeGreaterThan(40);
    expect(named).toContain('inference_errors_5xx_total');
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('have a runbook for each alert', () => {
    for (const { alert, annotations } of rules) {
      const path = resolve(ROOT, annotations.runbook);
      expect(existsSync(path) && readFileSync(path, 'utf8')).toContain(alert);
    }
  });

  it.skipIf(!hasPromtool)('are rules that fire when they should', () => {
    expect(promtool('check', 'rules', RULES)).toContain('SUCCESS: 10 rules');
    expect(promtool('test', 'rules', resolve(ROOT, 'test/operations/alerts.test.yaml'))).toContain('SUCCESS');
  });
});
