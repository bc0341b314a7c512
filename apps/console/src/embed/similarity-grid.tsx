import { useRef, useState } from 'preact/hooks';
import { cosine, sortRows, type TextRow } from './similarity.js';

/** From so many texts on cells are small, and the number is below the grid. */
const MAX_LARGE = 8;

interface Cell {
  row: number;
  column: number;
}

/** Cosines of all pairs; choosing a row sorts by it. */
export function SimilarityGrid({ rows }: { rows: readonly TextRow[] }) {
  const [sortedBy, setSortedBy] = useState<number | null>(null);
  const [current, setCurrent] = useState<Cell>({ row: 0, column: 0 });
  const grid = useRef<HTMLTableElement>(null);
  if (rows.length === 0) return <p class="empty">Compare fills the grid: each cell is the cosine of two texts.</p>;
  const isSmall = rows.length > MAX_LARGE;
  const sorted = sortRows(rows, sortedBy);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = moved(current, event.key, rows.length);
    if (!next) return;
    event.preventDefault();
    setCurrent(next);
    grid.current!.querySelectorAll('tbody tr')[next.row].querySelectorAll<HTMLElement>('td')[next.column]?.focus();
  };
  const [a, b] = [sorted[current.row], rows[current.column]];
  return (
    <>
      <div class="panel grid-frame" tabIndex={0} role="region" aria-label="Similarities">
        <table ref={grid} role="grid" class={isSmall ? 'grid small' : 'grid'} onKeyDown={onKeyDown}>
          <thead>
            <tr>
              <td />
              {rows.map(({ number, text }) => (
                <th key={number} scope="col" title={text}>
                  {number}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((row, i) => (
              <tr key={row.number}>
                <th scope="row">
                  <button
                    type="button"
                    class="grid-row-name"
                    aria-pressed={sortedBy === row.number}
                    title="Sort by this text"
                    onClick={() => setSortedBy(sortedBy === row.number ? null : row.number)}
                  >
                    {row.number} {row.text}
                  </button>
                  {row.error !== null && <span class="bad block caption">{row.error}</span>}
                </th>
                {rows.map((column, j) => (
                  <GridCell
                    key={column.number}
                    value={row.vector && column.vector ? cosine(row.vector, column.vector) : null}
                    isCurrent={current.row === i && current.column === j}
                    isSmall={isSmall}
                    onFocus={() => setCurrent({ row: i, column: j })}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {a?.vector && b?.vector && (
        <p class="panel grid-detail" aria-live="polite">
          <b>{cosine(a.vector, b.vector)?.toFixed(4)}</b> {a.text} <span class="muted">and</span> {b.text}
        </p>
      )}
    </>
  );
}

interface GridCellProps {
  value: number | null;
  isCurrent: boolean;
  isSmall: boolean;
  onFocus: () => void;
}

function GridCell({ value, isCurrent, isSmall, onFocus }: GridCellProps) {
  const share = Math.round(Math.max(0, value ?? 0) * 55);
  const label = value === null ? 'none' : value.toFixed(2);
  return (
    <td
      role="gridcell"
      tabIndex={isCurrent ? 0 : -1}
      class={value !== null && value < 0 ? 'negative' : undefined}
      data-cosine={value ?? undefined}
      aria-label={isSmall ? label : undefined}
      style={{ background: value === null ? undefined : `color-mix(in srgb, var(--decode) ${share}%, var(--bg))` }}
      onFocus={onFocus}
      onClick={({ currentTarget }) => currentTarget.focus()}
    >
      {isSmall ? '' : value === null ? '' : value.toFixed(2)}
    </td>
  );
}

function moved({ row, column }: Cell, key: string, size: number): Cell | undefined {
  const last = size - 1;
  switch (key) {
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(last, row + 1), column };
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(last, column + 1) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: last };
    default:
      return undefined;
  }
}
