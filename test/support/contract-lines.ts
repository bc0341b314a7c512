/** Texts that only explain; they may change at any time. */
const PROSE = new Set(['description', 'summary', 'example', 'examples', 'operationId', 'tags', 'title']);

/** An OpenAPI document as sorted lines, one for each leaf: `/path/to/leaf = value`. Texts that only explain are left out. */
export function contractLines(document: unknown): string[] {
  const lines: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) {
      lines.push(`${path} = ${JSON.stringify(value)}`);
      return;
    }
    // A body or a response that has one of several forms has each of them: a further one breaks no client.
    const { oneOf, anyOf: forms = oneOf } = value as { oneOf?: unknown; anyOf?: unknown };
    if (path.endsWith('/schema') && Array.isArray(forms)) for (const form of forms) visit(form, path);
    const entries = Object.entries(value).filter(([key]) => Array.isArray(value) || !PROSE.has(key));
    if (entries.length === 0) lines.push(`${path} = ${Array.isArray(value) ? '[]' : '{}'}`);
    // Values of enums and names of required fields are sets: their order means nothing.
    for (const [key, member] of entries) {
      const isSetMember = Array.isArray(value) && typeof member !== 'object';
      visit(member, isSetMember ? `${path}[]` : `${path}/${key.replaceAll('/', '~1')}`);
    }
  };
  visit(document, '');
  return lines.toSorted();
}

/** The metrics of a Prometheus page: `name type`. */
export function metricLines(page: string): string[] {
  return [...page.matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, line]) => line).toSorted();
}
