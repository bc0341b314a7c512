import { escapeHtml } from '../python/html-text.js';
import { bind, textOf } from '../python/call-arguments.js';
import { capitalize } from '../python/letter-case.js';
import { integerOf, truth } from '../python/operators.js';
import { jsonText } from '../python/json.js';
import { print } from '../python/printing.js';
import { SPACE, splitLines, strip } from '../python/text.js';
import { iterate } from '../python/iteration.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { Markup, type Arguments, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import { replaced } from './string-methods.js';

export type Filter = (value: Value, args: Arguments, run: Rendering) => Value;

/** A filter without arguments that takes the text of any value. */
const ofText =
  (name: string, change: (text: string) => Value): Filter =>
  (value, args, run) => {
    bind(name, args, []);
    if (value instanceof Markup) throw value.fault();
    const text = print(value, run.budget);
    run.budget.characters(text.length);
    return change(text);
  };

const WORD_START = new RegExp(String.raw`([-${SPACE}\({[<]+)`);

/** Jinja's title, which is not `str.title`: words begin after white space, hyphens and opening brackets only. */
function title(text: string): string {
  const words = text.split(WORD_START);
  return words
    .map((word) => {
      const [first = ''] = word;
      return first.toUpperCase() + word.slice(first.length).toLowerCase();
    })
    .join('');
}

/** A filter that marks text as HTML, and leaves what is marked. */
const marking =
  (name: string, change: (text: string) => string): Filter =>
  (value, args, run) => {
    bind(name, args, []);
    return value instanceof Markup ? value : new Markup(change(print(value, run.budget)));
  };

const escape = marking('escape', escapeHtml);

const trim: Filter = (value, args, run) => {
  if (value instanceof Markup) throw value.fault();
  const [chars = null] = bind('trim', args, ['chars']);
  const text = print(value, run.budget);
  run.budget.characters(text.length);
  return strip(text, 'both', chars === null ? null : textOf(chars, 'trim'));
};

const replace: Filter = (value, args, run) => {
  const [from, to, limit = null] = bind('replace', args, ['old', 'new', 'count'], 2);
  const [text, old, fresh] = [value, from!, to!].map((part) => print(part, run.budget)) as [string, string, string];
  return replaced(text, [old, fresh], limit === null ? -1 : integerOf(limit, 'count'), run);
};

const indent: Filter = (value, args, run) => {
  const [width = 4, first = false, blank = false] = bind('indent', args, ['width', 'first', 'blank']);
  const indentation = typeof width === 'string' ? width : spaces(width, run);
  const lines = splitLines(`${textOf(value, 'indent')}\n`, false);
  run.budget.characters(indentation.length * lines.length + (value as string).length);
  const separator = `\n${indentation}`;
  const text = truth(blank)
    ? lines.join(separator)
    : lines.map((line, index) => (index > 0 && line ? indentation + line : line)).join('\n');
  return truth(first) ? indentation + text : text;
};

function spaces(width: Value, run: Rendering): string {
  const count = Math.max(0, integerOf(width, 'An indentation'));
  run.budget.characters(count);
  return ' '.repeat(count);
}

/** The `tojson` of transformers, which is `json.dumps` and escapes no HTML. */
const toJson: Filter = (value, args, run) => {
  const [ensureAscii = false, indentation = null, separators = null, sortKeys = false] = bind('tojson', args, [
    'ensure_ascii',
    'indent',
    'separators',
    'sort_keys',
  ]);
  const level = indentation === null || typeof indentation === 'string' ? indentation : spaces(indentation, run);
  const given = separators === null ? [level === null ? ', ' : ',', ': '] : [...iterate(separators, run.budget)];
  if (given.length !== 2) throw new TemplateFault('tojson needs two separators');
  const [item, key] = given.map((separator) => textOf(separator, 'tojson')) as [string, string];
  const options = {
    ensureAscii: truth(ensureAscii),
    indent: level,
    separators: [item, key],
    sortKeys: truth(sortKeys),
  } as const;
  return jsonText(value, options, run.budget);
};

/** Filters that make text of text. */
export const TEXT_FILTERS: Readonly<Record<string, Filter>> = {
  capitalize: ofText('capitalize', capitalize),
  e: escape,
  escape,
  indent,
  lower: ofText('lower', (text) => text.toLowerCase()),
  replace,
  safe: marking('safe', (text) => text),
  string: (value, args, run) => {
    bind('string', args, []);
    return value instanceof Markup ? value : print(value, run.budget);
  },
  title: ofText('title', title),
  tojson: toJson,
  trim,
  upper: ofText('upper', (text) => text.toUpperCase()),
  wordcount: ofText('wordcount', (text) => text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
};
