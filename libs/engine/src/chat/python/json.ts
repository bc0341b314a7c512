import type { Budget } from './budget.js';
import { TemplateFault } from './chat-template.errors.js';
import { floatText, integerText } from './printing.js';
import { compareText } from './text.js';
import { Markup, PyDict, PyFloat, PyTuple, typeName, type Value } from './values.js';
import { lessThan } from './operators.js';

/** Options of `json.dumps` that the filter `tojson` of transformers has. */
interface JsonOptions {
  ensureAscii: boolean;
  /** One level of indentation, or null for one line. */
  indent: string | null;
  separators: readonly [item: string, key: string];
  sortKeys: boolean;
}

const NOT_ASCII = /[\x7f-\uffff]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `json.dumps`. */
export function jsonText(value: Value, options: JsonOptions, budget: Budget, level = 0): string {
  budget.steps(1);
  if (value instanceof Markup) return jsonText(value.text, options, budget, level);
  if (typeof value === 'string') return charged(stringText(value, options.ensureAscii), budget);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return integerText(value);
  if (value instanceof PyFloat) return jsonFloat(value.value);
  if (Array.isArray(value) || value instanceof PyTuple) {
    const items = Array.isArray(value) ? value : value.items;
    const texts = items.map((item) => jsonText(item, options, budget, level + 1));
    return charged(enclosed('[]', texts, options, level), budget);
  }
  if (value instanceof PyDict) {
    const items = [...value.items()];
    if (options.sortKeys) sortByKey(items);
    const texts = items.map(([key, item]) => {
      const name = stringText(keyText(key), options.ensureAscii);
      return `${name}${options.separators[1]}${jsonText(item, options, budget, level + 1)}`;
    });
    return charged(enclosed('{}', texts, options, level), budget);
  }
  throw new TemplateFault(`Object of type ${typeName(value)} is not JSON serializable`);
}

function charged(text: string, budget: Budget): string {
  budget.characters(text.length);
  return text;
}

function enclosed(
  brackets: '[]' | '{}',
  texts: readonly string[],
  { indent, separators }: JsonOptions,
  level: number,
): string {
  if (texts.length === 0) return brackets;
  if (indent === null) return brackets[0] + texts.join(separators[0]) + brackets[1];
  const line = `\n${indent.repeat(level + 1)}`;
  return `${brackets[0]}${line}${texts.join(separators[0] + line)}\n${indent.repeat(level)}${brackets[1]}`;
}

function sortByKey(items: [Value, Value][]): void {
  items.sort(([a], [b]) => {
    if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
    return lessThan(a, b) ? -1 : lessThan(b, a) ? 1 : 0;
  });
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key instanceof Markup) return key.text;
  if (typeof key === 'boolean') return key ? 'true' : 'false';
  if (key === null) return 'null';
  if (typeof key === 'number') return integerText(key);
  if (key instanceof PyFloat) return jsonFloat(key.value);
  throw new TemplateFault(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
}

function stringText(text: string, ensureAscii: boolean): string {
  const json = JSON.stringify(text);
  if (ensureAscii) return json.replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  // JavaScript escapes lone surrogates, Python writes them.
  return text.isWellFormed() ? json : lone(text);
}

function lone(text: string): string {
  let result = '"';
  let start = 0;
  for (const match of text.matchAll(LONE_SURROGATE)) {
    result += JSON.stringify(text.slice(start, match.index)).slice(1, -1) + match[0];
    start = match.index + 1;
  }
  return `${result}${JSON.stringify(text.slice(start)).slice(1)}`;
}
