import type { ComponentChildren } from 'preact';
import { moveFocus } from './row-keys.js';
import { SkeletonRows } from './skeleton-rows.js';

interface Column {
  name: string;
  /** `number`: aligned right; `unseen`: for screen readers only. */
  kind?: 'number' | 'unseen';
}

interface DataTableProps {
  /** Accessible name of the panel. */
  label: string;
  columns: readonly Column[];
  isLoading?: boolean;
  /** Rows shown while it loads. */
  skeletonRows?: number;
  /** A further class of the table. */
  look?: string;
  /** What stands below the rows. */
  below?: ComponentChildren;
  /** Rows: a `tr` each. */
  children: ComponentChildren;
}

/** A panel with a table, whose rows the arrow keys walk. */
export function DataTable({
  label,
  columns,
  isLoading = false,
  skeletonRows,
  look = '',
  below,
  children,
}: DataTableProps) {
  return (
    <section class="panel table-panel" aria-label={label}>
      <table class={`data ${look}`} aria-busy={isLoading}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.name} {...column} />
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={moveFocus}>
          {isLoading ? <SkeletonRows columns={columns.length} rows={skeletonRows} /> : children}
        </tbody>
      </table>
      {below}
    </section>
  );
}

function Heading({ name, kind }: Column) {
  if (kind === 'unseen') return <th scope="col" aria-label={name} />;
  return (
    <th scope="col" class={kind}>
      {name}
    </th>
  );
}
