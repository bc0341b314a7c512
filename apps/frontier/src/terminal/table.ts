import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** Rows under a head, in columns as wide as their widest cell; `right` names columns of numbers. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => widthOf(row[i]))));
  return all.map((row) =>
    row
      .map((cell, i) => aligned(cell, widths[i], right.includes(i)))
      .join(GAP)
      .trimEnd(),
  );
}

function aligned(cell: string, width: number, isRight: boolean): string {
  const spaces = ' '.repeat(width - widthOf(cell));
  return isRight ? spaces + cell : cell + spaces;
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
