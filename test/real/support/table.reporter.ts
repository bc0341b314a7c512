import type { Reporter, TestModule } from 'vitest/node';
import type { Row } from './row.ts';

const COLUMNS = ['point', 'ours', 'reference', 'bound'] as const satisfies (keyof Row)[];

/** Prints the lines that tests on real weights added to their table. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.flatMap((test) => test.meta().rows ?? []);
    if (rows.length === 0) return;
    const widths = COLUMNS.map((column) => Math.max(column.length, ...rows.map((row) => row[column].length)));
    const line = (cells: readonly string[]): string =>
      `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
    const lines = [
      line(COLUMNS),
      line(widths.map((width) => '-'.repeat(width))),
      ...rows.map((row) => line(COLUMNS.map((column) => row[column]))),
    ];
    process.stdout.write(`\nSmolLM2-135M-Instruct (GGUF Q4_1), all-MiniLM-L6-v2\n\n${lines.join('\n')}\n\n`);
  }
}
