/** Tests for a browser that opens a page: its `Accept` names `text/html`, and JSON by name with no higher weight. */
export function prefersPage(accept: string | undefined): boolean {
  const html = qualityOf(accept, 'text/html');
  return html > 0 && html >= qualityOf(accept, 'application/json');
}

/** The weight that a header gives a value by its name (RFC 9110, section 12.4.2); 0 where it does not name it. */
export function qualityOf(header: string | undefined, value: string): number {
  for (const range of header?.toLowerCase().split(',') ?? []) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== value) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return q === undefined ? 1 : Number(q.slice(2)) || 0;
  }
  return 0;
}
