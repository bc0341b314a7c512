import { defineConfig } from 'vitest/config';

/**
 * Tests that start processes, and wait for what those do: a machine that stands still for seconds can make one fail. It is tried once
 * more, and named at the end of the run. Nothing else is tried again: what the engine computes depends on no moment.
 */
const withProcesses = { retry: 1, testTimeout: 60_000, hookTimeout: 60_000 };

const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

export default defineConfig({
  test: {
    // Much of a test's time is waiting: for processes to start, for limits to pass.
    maxWorkers: 2,
    reporters: ['default', './test/real/support/table.reporter.ts', './test/closing-line.reporter.ts'],
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['{libs,apps}/*/src/**/*.spec.ts', 'test/*.spec.ts'],
          exclude: ['**/*.perf.spec.ts'],
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        // The engine process is forked from the build, so these run on the build throughout.
        test: {
          name: 'e2e',
          isolate: false,
          globalSetup: ['test/support/compiled-code.setup.ts'],
          setupFiles: ['test/support/openapi.setup.ts'],
          include: ['test/e2e/**/*.spec.ts'],
          ...withProcesses,
        },
      },
      {
        // In a real browser, on the built page; without Chromium, skipped.
        test: { name: 'console', include: ['test/console/**/*.spec.ts'], ...withProcesses },
      },
      {
        // On a Redis of their own; without one, skipped.
        test: {
          name: 'redis',
          isolate: false,
          globalSetup: ['test/support/compiled-code.setup.ts'],
          setupFiles: ['test/support/openapi.setup.ts'],
          include: ['test/redis/**/*.spec.ts'],
          ...withProcesses,
        },
      },
      {
        test: { name: 'deploy', include: ['test/deploy/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        test: { name: 'long', include: ['test/long/**/*.spec.ts'], ...withProcesses, testTimeout: 120_000 },
      },
      {
        test: { name: 'attacks', include: ['test/attacks/**/*.spec.ts'], ...withProcesses, testTimeout: 120_000 },
      },
      {
        // Bounds of wall time, on the build: for a machine that has nothing else to do.
        test: {
          name: 'perf',
          include: ['test/perf/**/*.spec.ts', 'libs/*/src/**/*.perf.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        // Packs the build, so it runs after it.
        test: { name: 'foreign', include: ['test/foreign/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 240_000 },
      },
      {
        // On graphics cards that this machine has.
        test: { name: 'gpu', include: ['test/gpu/**/*.spec.ts'], testTimeout: 120_000 },
      },
      {
        // On files that `test/real/fetch.ts` fetches; without them, skipped.
        test: { name: 'real', include: ['test/real/**/*.spec.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        test: { name: 'model', include: ['test/model/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 30_000 },
      },
    ],
  },
});
