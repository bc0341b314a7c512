import { bind, bindPositional, textOf } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { iterate } from '../python/iteration.js';
import { capitalize, isLower, isUpper, title } from '../python/letter-case.js';
import { integerOf } from '../python/operators.js';
import { codePoints, isSpace, split, splitFromEnd, splitLines, strip, type Ends } from '../python/text.js';
import { PyTuple, typeName, type Arguments, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';

export type Method<Self> = (self: Self, args: Arguments, run: Rendering) => Value;

const plain =
  (name: string, change: (text: string) => Value): Method<string> =>
  (text, args) => {
    bindPositional(name, args, 0);
    return change(text);
  };

const stripping =
  (name: string, ends: Ends): Method<string> =>
  (text, args) => {
    const [chars] = bindPositional(name, args, 1);
    return strip(text, ends, chars === undefined || chars === null ? null : textOf(chars, name));
  };

const splitting =
  (name: string, divide: typeof split): Method<string> =>
  (text, args, run) => {
    const [separator = null, limit = -1] = bind(name, args, ['sep', 'maxsplit']);
    if (separator === '') throw new TemplateFault('empty separator');
    const parts = divide(text, separator === null ? null : textOf(separator, name), integerOf(limit, 'maxsplit'));
    run.budget.steps(parts.length);
    return parts;
  };

const partitioning =
  (
    name: string,
    at: (text: string, separator: string) => number,
    missing: (text: string) => string[],
  ): Method<string> =>
  (text, args) => {
    const separator = textOf(bindPositional(name, args, 1, 1)[0], name);
    if (separator === '') throw new TemplateFault('empty separator');
    const index = at(text, separator);
    if (index < 0) return new PyTuple(missing(text));
    return new PyTuple([text.slice(0, index), separator, text.slice(index + separator.length)]);
  };

/** The part of a text between two positions in code points, or undefined where the start is beyond the end. */
function between(
  text: string,
  bounds: readonly (Value | undefined)[],
  run: Rendering,
): { part: string[] | string; start: number } | undefined {
  const points = codePoints(text, run.budget);
  const clamp = (value: number) => (value < 0 ? Math.max(0, value + points.length) : value);
  const [from = null, to = null] = bounds;
  const start = from === null ? 0 : clamp(integerOf(from, 'A position'));
  const stop = to === null ? points.length : Math.min(points.length, clamp(integerOf(to, 'A position')));
  return start > points.length || start > stop ? undefined : { part: points.slice(start, stop), start };
}

const joined = (part: string[] | string): string => (typeof part === 'string' ? part : part.join(''));

const matching =
  (name: string, matches: (text: string, affix: string) => boolean): Method<string> =>
  (text, args, run) => {
    const [affix, ...bounds] = bindPositional(name, args, 3, 1);
    const affixes = affix instanceof PyTuple ? affix.items : [affix];
    const place = bounds.some((bound) => bound !== undefined) ? between(text, bounds, run) : { part: text };
    return affixes
      .map((item) => textOf(item, name))
      .some((item) => place !== undefined && matches(joined(place.part), item));
  };

const finding =
  (name: string, from: 'indexOf' | 'lastIndexOf', required = false): Method<string> =>
  (text, args, run) => {
    const [wanted, ...bounds] = bindPositional(name, args, 3, 1);
    const place = between(text, bounds, run);
    const part = textOf(wanted, name);
    const whole = place && joined(place.part);
    const at = whole === undefined ? -1 : whole[from](part);
    if (at < 0 && required) throw new TemplateFault('substring not found');
    if (at < 0) return -1;
    return place!.start + codePoints(whole!.slice(0, at), run.budget).length;
  };

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** `str.replace`, with `limit` below 0 for none. */
export function replaced(text: string, [from, to]: readonly [string, string], limit: number, run: Rendering): string {
  const { budget } = run;
  budget.characters(text.length);
  if (from === '') {
    const points = Array.from(text);
    const pieces = limit < 0 ? points.length + 1 : Math.min(limit, points.length + 1);
    budget.characters(pieces * to.length);
    return (
      points.map((point, index) => (index < pieces ? to + point : point)).join('') + (pieces > points.length ? to : '')
    );
  }
  const all = occurrences(text, from);
  const count = limit < 0 ? all : Math.min(limit, all);
  if (count === 0) return text;
  budget.characters(count * to.length);
  const parts = split(text, from, count);
  return parts.join(to);
}

const replace: Method<string> = (text, args, run) => {
  const [from, to, limit = -1] = bindPositional('replace', args, 3, 2);
  return replaced(text, [textOf(from, 'replace'), textOf(to, 'replace')], integerOf(limit, 'count'), run);
};

const count: Method<string> = (text, args, run) => {
  const [wanted, ...bounds] = bindPositional('count', args, 3, 1);
  const part = textOf(wanted, 'count');
  const place = between(text, bounds, run);
  if (!place) return 0;
  return part === '' ? place.part.length + 1 : occurrences(joined(place.part), part);
};

const join: Method<string> = (separator, args, run) => {
  const texts: string[] = [];
  for (const item of iterate(bindPositional('join', args, 1, 1)[0]!, run.budget)) {
    if (typeof item !== 'string') throw new TemplateFault(`join needs str items, and has ${typeName(item)}`);
    run.budget.steps(1);
    run.budget.characters(item.length + separator.length);
    texts.push(item);
  }
  return texts.join(separator);
};

/** Characters with a digit's value that are not decimal, such as superscripts: which of them Python counts is not in JavaScript's tables. */
const UNSURE_DIGITS = /\p{No}/u;

function isDigit(text: string): boolean {
  if (UNSURE_DIGITS.test(text)) throw new TemplateFault('isdigit of superscripts and such is not supported.');
  return /^\p{Nd}+$/u.test(text);
}

/** Methods of `str` that templates may call. */
export const STRING_METHODS: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['capitalize', plain('capitalize', capitalize)],
  ['count', count],
  ['endswith', matching('endswith', (text, affix) => text.endsWith(affix))],
  ['find', finding('find', 'indexOf')],
  ['index', finding('index', 'indexOf', true)],
  ['isalnum', plain('isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text))],
  ['isalpha', plain('isalpha', (text) => /^\p{L}+$/u.test(text))],
  ['isdigit', plain('isdigit', isDigit)],
  ['islower', plain('islower', isLower)],
  ['isspace', plain('isspace', isSpace)],
  ['isupper', plain('isupper', isUpper)],
  ['join', join],
  ['lower', plain('lower', (text) => text.toLowerCase())],
  ['lstrip', stripping('lstrip', 'left')],
  [
    'partition',
    partitioning(
      'partition',
      (text, part) => text.indexOf(part),
      (text) => [text, '', ''],
    ),
  ],
  [
    'removeprefix',
    affixRemoval('removeprefix', (text, part) => (text.startsWith(part) ? text.slice(part.length) : text)),
  ],
  [
    'removesuffix',
    affixRemoval('removesuffix', (text, part) => (part && text.endsWith(part) ? text.slice(0, -part.length) : text)),
  ],
  ['replace', replace],
  ['rfind', finding('rfind', 'lastIndexOf')],
  [
    'rpartition',
    partitioning(
      'rpartition',
      (text, part) => text.lastIndexOf(part),
      (text) => ['', '', text],
    ),
  ],
  ['rsplit', splitting('rsplit', splitFromEnd)],
  ['rstrip', stripping('rstrip', 'right')],
  ['split', splitting('split', split)],
  ['splitlines', lines],
  ['startswith', matching('startswith', (text, affix) => text.startsWith(affix))],
  ['strip', stripping('strip', 'both')],
  ['title', plain('title', title)],
  ['upper', plain('upper', (text) => text.toUpperCase())],
]);

function affixRemoval(name: string, remove: (text: string, affix: string) => string): Method<string> {
  return (text, args) => remove(text, textOf(bindPositional(name, args, 1, 1)[0], name));
}

function lines(text: string, args: Arguments, run: Rendering): Value {
  const [keepEnds = false] = bind('splitlines', args, ['keepends']);
  const result = splitLines(text, integerOf(keepEnds, 'keepends') !== 0);
  run.budget.steps(result.length);
  return result;
}
