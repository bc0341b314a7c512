import { bind, bindPositional, textOf } from '../python/call-arguments.js';
import { TemplateFault, TemplateRefusal } from '../python/chat-template.errors.js';
import { listOf } from '../python/iteration.js';
import { integerOf } from '../python/operators.js';
import { print } from '../python/printing.js';
import { Callable, PyDict, PyNamespace, PyRange, type Arguments, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import { formatTime } from '../python/strftime.js';

/** `MAX_RANGE` of Jinja's sandbox. */
const MAX_RANGE = 100_000;

/** Globals of Jinja that are not supported. */
export const REFUSED_GLOBALS: ReadonlySet<string> = new Set([
  'cycler',
  'joiner',
  'lipsum',
  'self',
  'super',
  'varargs',
  'kwargs',
]);

function range(args: Arguments): Value {
  const [first, second, step = 1] = bindPositional('range', args, 3, 1).map((value) =>
    value === undefined ? undefined : integerOf(value, 'A bound of range'),
  );
  if (step === 0) throw new TemplateFault('range() arg 3 must not be zero');
  const result = second === undefined ? new PyRange(0, first!, 1) : new PyRange(first!, second, step);
  if (result.length > MAX_RANGE)
    throw new TemplateFault(`Range too big. The sandbox blocks ranges larger than ${MAX_RANGE}.`);
  return result;
}

/** `dict(...)`: of a dict or pairs, and of keyword arguments. */
function dictOf({ positional, named }: Arguments, run: Rendering): PyDict {
  if (positional.length > 1) throw new TemplateFault('dict expected at most 1 argument');
  const [source = new PyDict()] = positional;
  const dict = new PyDict();
  const pairs = source instanceof PyDict ? source.items() : listOf(source, run.budget).map((pair) => pairOf(pair, run));
  for (const [key, value] of [...pairs, ...(named ?? [])]) {
    run.budget.steps(1);
    dict.set(key, value);
  }
  return dict;
}

function pairOf(value: Value, run: Rendering): [Value, Value] {
  const pair = listOf(value, run.budget);
  if (pair.length !== 2) throw new TemplateFault('dict needs pairs');
  return [pair[0]!, pair[1]!];
}

function namespace(args: Arguments, run: Rendering): Value {
  const attributes = dictOf(args, run);
  for (const name of attributes.keys()) checkAttribute(name);
  return new PyNamespace(attributes);
}

/** @throws TemplateFault for a name that transformers keeps from namespaces */
export function checkAttribute(name: Value): void {
  if (typeof name === 'string' && name.startsWith('_')) {
    throw new TemplateFault(
      `Chat templates cannot store underscore-prefixed attributes on a namespace, but got '${name}'.`,
    );
  }
}

function raiseException(args: Arguments, run: Rendering): never {
  const [message] = bind('raise_exception', args, ['message'], 1);
  throw new TemplateRefusal(print(message!, run.budget));
}

/** Functions of transformers' environment. */
export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['dict', new Callable('dict', dictOf)],
  ['namespace', new Callable('namespace', namespace)],
  ['raise_exception', new Callable('raise_exception', raiseException)],
  ['range', new Callable('range', range)],
  [
    'strftime_now',
    new Callable('strftime_now', (args) =>
      formatTime(new Date(), textOf(bind('strftime_now', args, ['format'], 1)[0], 'strftime_now')),
    ),
  ],
]);
