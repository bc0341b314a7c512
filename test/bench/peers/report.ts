import { median } from '../median.ts';
import type { Figure } from './measures.ts';

/** What was measured of one figure. */
export interface Row {
  figure: Figure;
  /** Of each round, the figures of the contestants. */
  rounds: (number | undefined)[][];
  /** The figure of each contestant at the machine's limit, where that can be said. */
  limits: (number | undefined)[];
}

/** The median of the rounds of a contestant. */
export function figureOf({ rounds }: Row, contestant: number): number | undefined {
  return medianOf(rounds.map((round) => round[contestant]));
}

/** How many times as fast a contestant is as another one: the median of the ratios of the rounds. */
export function speedRatio({ figure, rounds }: Row, contestant: number, reference: number): number | undefined {
  const sign = figure.unit === 'ms' ? -1 : 1;
  return medianOf(
    rounds.map((round) => {
      const [own, other] = [round[contestant], round[reference]];
      return own === undefined || other === undefined ? undefined : (own / other) ** sign;
    }),
  );
}

export function printFigures(rows: readonly Row[], names: readonly string[]): void {
  printTable(['', ...names], rows, (row, contestant) => {
    const digits = row.figure.unit === 'ms' ? 0 : 1;
    return figureOf(row, contestant)?.toFixed(digits);
  });
}

export function printRatios(rows: readonly Row[], names: readonly string[], reference: number): void {
  printTable([`x the speed of ${names[reference]}`, ...names], rows, (row, contestant) =>
    speedRatio(row, contestant, reference)?.toFixed(2),
  );
}

/** Shares of what the machine could do, of the contestants whose limits are known. */
export function printShares(rows: readonly Row[], names: readonly string[]): void {
  const known = [...names.keys()].filter((contestant) => rows.some(({ limits }) => limits[contestant] !== undefined));
  if (known.length === 0) return;
  const columns = ['share of the limit', ...known.map((contestant) => names[contestant])];
  printTable(columns, rows, (row, column) => {
    const [figure, limit] = [figureOf(row, known[column]), row.limits[known[column]]];
    if (figure === undefined || limit === undefined) return undefined;
    return (row.figure.unit === 'ms' ? limit / figure : figure / limit).toFixed(2);
  });
}

/** @param cell of a row and a column, from 0 on; `undefined` is a dash */
export function printTable(
  columns: readonly string[],
  rows: readonly Row[],
  cell: (row: Row, column: number) => string | undefined,
): void {
  console.log();
  printLine(columns);
  printLine(columns.map((_, i) => (i === 0 ? ':---' : '---:')));
  for (const row of rows) {
    const { name, unit } = row.figure;
    printLine([unit === 'ms' ? `${name}, ms` : name, ...columns.slice(1).map((_, i) => cell(row, i) ?? '–')]);
  }
}

function printLine(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function medianOf(list: readonly (number | undefined)[]): number | undefined {
  const known = list.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
