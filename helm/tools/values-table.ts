import { isMap, isScalar, type Node, type Pair, parseDocument, type Scalar, stringify } from 'yaml';

/**
 * A Markdown table of a chart's values: each that has a comment beginning with `--`, and each simple one beside it.
 *
 * @param values the text of a values.yaml
 */
export function valuesTable(values: string): string {
  const rows = [['Value', 'Default', 'Meaning']];
  const visit = (node: unknown, path: string): void => {
    if (!isMap(node)) return;
    for (const pair of node.items as Pair<Scalar<string>, Node | null>[]) {
      const name = path === '' ? pair.key.value : `${path}.${pair.key.value}`;
      // The comment of a map's first key belongs to the map, so far as the parser is concerned.
      const before = pair.key.commentBefore ?? (node.items[0] === pair ? node.commentBefore : undefined);
      const description = /^ -- ([^]*)/.exec(before ?? '')?.[1]?.replaceAll(/\n ?/g, ' ');
      const nested = isMap(pair.value) && pair.value.items.length > 0 && pair.value.flow !== true;
      if (!nested || description !== undefined) rows.push([`\`${name}\``, shown(pair.value), description ?? '']);
      if (nested && !WHOLE.has(name)) visit(pair.value, name);
    }
  };
  visit(parseDocument(values).contents, '');
  return rows
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .toSpliced(1, 0, '| --- | --- | --- |')
    .join('\n');
}

/** Maps that are one value. */
const WHOLE = new Set(['models', 'podSecurityContext', 'securityContext', 'autoscaling.behavior']);

function shown(value: Node | null): string {
  if (isMap(value) && value.items.length > 0 && value.flow !== true) return 'see `values.yaml`';
  const json = isScalar(value)
    ? JSON.stringify(value.value)
    : stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return `\`${json}\``;
}
