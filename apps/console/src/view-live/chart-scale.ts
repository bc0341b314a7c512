import { POINTS, type Points } from '../live/history.js';

/** The top of an axis that begins at 0: the next of 1, 2, 5, 10, 20, 50 ... that holds all. */
export function topOf(series: readonly Points[], least = 1): number {
  const highest = Math.max(least, ...series.flat().map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= highest * 0.999_999)!;
  return step * power;
}

/**
 * Outlines of points, the newest at the right edge. Nulls are gaps; a point between two gaps is a dot.
 * @returns one list of [x, y] for each piece between gaps
 */
export function pieces(points: Points, width: number, height: number, top: number): [number, number][][] {
  const step = width / (POINTS - 1);
  const first = width - (points.length - 1) * step;
  const found: [number, number][][] = [];
  let piece: [number, number][] | undefined;
  for (const [i, value] of points.entries()) {
    if (value === null) {
      piece = undefined;
      continue;
    }
    if (!piece) found.push((piece = []));
    piece.push([round(first + i * step), round(height - (Math.min(value, top) / top) * height)]);
  }
  return found;
}

export function linePath(all: [number, number][][]): string {
  return all
    .map(
      ([[x, y], ...rest]) =>
        `M${x} ${y}${rest.length === 0 ? 'h.01' : rest.map((point) => `L${point.join(' ')}`).join('')}`,
    )
    .join('');
}

export function areaPath(all: [number, number][][], height: number): string {
  return all
    .map(
      (piece) =>
        `M${piece[0][0]} ${height}${piece.map((point) => `L${point.join(' ')}`).join('')}L${piece.at(-1)![0]} ${height}z`,
    )
    .join('');
}

/** "now 3, at least 0, at most 12 in five minutes"; for those who do not see the line. */
export function pointsText(points: Points, format: (value: number | null) => string): string {
  const known = points.filter((value) => value !== null);
  if (known.length === 0) return 'no sample in five minutes';
  return `now ${format(points.at(-1) ?? null)}, at least ${format(Math.min(...known))}, at most ${format(Math.max(...known))} in five minutes`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
