/** Rows that keep the place of a table's contents while they are loaded. */
export function SkeletonRows({ columns, rows = 8 }: { columns: number; rows?: number }) {
  return (
    <>
      {Array.from({ length: rows }, (_, i) => (
        <tr key={i} class="skeleton" aria-hidden="true">
          {Array.from({ length: columns }, (__, column) => (
            <td key={column}>
              <span />
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
