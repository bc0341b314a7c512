import { execFileSync, spawnSync } from 'node:child_process';

/** True if Prometheus's promtool is installed; where it must be (`REQUIRE_PROMTOOL`), its tests fail instead of being skipped. */
export const hasPromtool = process.env.REQUIRE_PROMTOOL === '1' || spawnSync('promtool', ['--version']).status === 0;

/** Runs promtool, and returns what it prints; it throws when it finds an error. */
export function promtool(...args: string[]): string {
  return execFileSync('promtool', args, { encoding: 'utf8' });
}

/** Output of promtool for metrics in the text format. */
export function checkMetrics(metrics: string): string[] {
  const { stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  if (error) throw error;
  return stderr.split('\n').filter((line) => line !== '');
}
