import { bind } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { contains } from '../python/iteration.js';
import { isLower, isUpper } from '../python/letter-case.js';
import { calculate } from '../python/arithmetic.js';
import { equals, ordered, type Order } from '../python/operators.js';
import { print } from '../python/printing.js';
import {
  Callable,
  DictView,
  LoopValue,
  Markup,
  PyDict,
  PyFloat,
  PyIterator,
  PyRange,
  PyTuple,
  Undefined,
  type Arguments,
  type Value,
} from '../python/values.js';
import type { Rendering } from '../python/rendering.js';

export type Test = (value: Value, args: Arguments, run: Rendering) => boolean;

const isText = (value: Value): boolean => typeof value === 'string' || value instanceof Markup;

const isSequence = (value: Value): boolean =>
  isText(value) || Array.isArray(value) || [PyTuple, PyDict, PyRange, Undefined].some((type) => value instanceof type);

const isNumber = (value: Value): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || value instanceof PyFloat;

/** A test without an argument. */
const alone =
  (name: string, test: (value: Value, run: Rendering) => boolean): Test =>
  (value, args, run) => {
    bind(`The test '${name}'`, args, []);
    return test(value, run);
  };

/** A test with one argument, by the name of its parameter. */
const against =
  (parameter: string, test: (value: Value, other: Value, run: Rendering) => boolean): Test =>
  (value, args, run) =>
    test(value, bind('The test', args, [parameter], 1)[0]!, run);

const equality = against('b', (value, other, run) => equals(value, other, run.budget));
const inequality = against('b', (value, other, run) => !equals(value, other, run.budget));
const order = (operator: Order) => against('b', (value, other, run) => ordered(operator, value, other, run.budget));

function isRest(value: Value, divisor: Value, rest: number, run: Rendering): boolean {
  return equals(calculate('%', value, divisor, run.budget), rest);
}

/** `is` of Python. Which equal texts and numbers are one object is CPython's affair, and not imitated. */
function isSame(value: Value, other: Value): boolean {
  const unsure = (one: Value) => typeof one === 'string' || typeof one === 'number';
  if (unsure(value) && typeof value === typeof other && value === other) {
    throw new TemplateFault('The test `sameas` of equal texts or numbers is not supported.');
  }
  if (value instanceof Undefined && other instanceof Undefined) {
    throw new TemplateFault('The test `sameas` of what is undefined is not supported.');
  }
  return value === other;
}

const CALLABLE = [Callable, Undefined, LoopValue];
const ITERABLE = [DictView, PyIterator, LoopValue];

/** Jinja's tests (https://jinja.palletsprojects.com/en/stable/templates/#list-of-builtin-tests), without `filter` and `test`. */
export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['boolean', alone('boolean', (value) => typeof value === 'boolean')],
  ['callable', alone('callable', (value) => CALLABLE.some((type) => value instanceof type))],
  ['defined', alone('defined', (value) => !(value instanceof Undefined))],
  ['divisibleby', against('num', (value, divisor, run) => isRest(value, divisor, 0, run))],
  ['escaped', alone('escaped', (value) => value instanceof Markup)],
  ['even', alone('even', (value, run) => isRest(value, 2, 0, run))],
  ['false', alone('false', (value) => value === false)],
  ['float', alone('float', (value) => value instanceof PyFloat)],
  ['in', against('seq', (value, container, run) => contains(container, value, run.budget))],
  ['integer', alone('integer', (value) => typeof value === 'number')],
  ['iterable', alone('iterable', (value) => isSequence(value) || ITERABLE.some((type) => value instanceof type))],
  ['lower', alone('lower', (value, run) => isLower(print(value, run.budget)))],
  ['mapping', alone('mapping', (value) => value instanceof PyDict)],
  ['none', alone('none', (value) => value === null)],
  ['number', alone('number', isNumber)],
  ['odd', alone('odd', (value, run) => isRest(value, 2, 1, run))],
  ['sameas', against('other', isSame)],
  ['sequence', alone('sequence', isSequence)],
  ['string', alone('string', isText)],
  ['true', alone('true', (value) => value === true)],
  ['undefined', alone('undefined', (value) => value instanceof Undefined)],
  ['upper', alone('upper', (value, run) => isUpper(print(value, run.budget)))],
  ...['==', 'eq', 'equalto'].map((name) => [name, equality] as const),
  ...['!=', 'ne'].map((name) => [name, inequality] as const),
  ...['>', 'gt', 'greaterthan'].map((name) => [name, order('>')] as const),
  ...['>=', 'ge'].map((name) => [name, order('>=')] as const),
  ...['<', 'lt', 'lessthan'].map((name) => [name, order('<')] as const),
  ...['<=', 'le'].map((name) => [name, order('<=')] as const),
]);

export function testNamed(name: Value): Test {
  const test = typeof name === 'string' ? TESTS.get(name) : undefined;
  if (!test) throw new TemplateFault(`There is no supported test ${String(name)}.`);
  return test;
}
