import { oneLine } from '../text/printable.js';

const GAP = '  ';

interface TableOptions {
  /** Columns of numbers. */
  right?: readonly number[];
  /** Colours a cell of a row, whose width stays. */
  paint?: (cell: string, column: number) => string;
}

/** Formats a table; each row stays on one line. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], paint = (cell) => cell }: TableOptions = {},
): string[] {
  const all = [head, ...rows.map((row) => row.map(oneLine))];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return all.map((row, index) =>
    row
      .map((cell, i) =>
        aligned(cell, widths[i], right.includes(i)).replace(cell, (text) => (index === 0 ? text : paint(text, i))),
      )
      .join(GAP)
      .trimEnd(),
  );
}

function aligned(cell: string, width: number, isRight: boolean): string {
  const spaces = ' '.repeat(width - cell.length);
  return isRight ? spaces + cell : cell + spaces;
}
