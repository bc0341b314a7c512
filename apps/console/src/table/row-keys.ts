/** Arrows move between the rows of a table, by the first link or button of each. */
export function moveFocus(event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest('tr');
  if (!row || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
  event.preventDefault();
  const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  next?.querySelector<HTMLElement>('a, button')?.focus();
}
