import type { Budget } from './budget.js';
import { TemplateFault } from './chat-template.errors.js';
import { asMarkup } from './html-text.js';
import { integerText } from './printing.js';
import { numberOf } from './operators.js';
import { Markup, PyFloat, PyTuple, Undefined, typeName, type Value } from './values.js';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

/** A binary operator of numbers, texts and lists. */
export function calculate(operator: ArithmeticOperator, left: Value, right: Value, budget: Budget): Value {
  if (typeof left === 'string' && operator === '%') {
    throw new TemplateFault('Formatting text with % is not supported.');
  }
  if (left instanceof Markup || right instanceof Markup) return withMarkup(operator, [left, right], budget);
  if (left instanceof Undefined) throw left.fault();
  if (right instanceof Undefined) throw right.fault();
  const a = numberOf(left);
  const b = numberOf(right);
  if (a !== undefined && b !== undefined) {
    const isFloat = left instanceof PyFloat || right instanceof PyFloat;
    return isFloat ? new PyFloat(ofFloats(operator, a, b)) : ofIntegers(operator, a, b);
  }
  const sequence =
    operator === '+' ? joined(left, right, budget) : operator === '*' ? repeated(left, right, budget) : undefined;
  if (sequence !== undefined) return sequence;
  throw new TemplateFault(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

/** A sum with marked text is marked, and what was not is escaped. */
function withMarkup(operator: ArithmeticOperator, sides: readonly [Value, Value], budget: Budget): Markup {
  const [left, right] = sides.map(asMarkup);
  if (operator !== '+' || !left || !right) throw new Markup('').fault();
  budget.characters(left.text.length + right.text.length);
  return new Markup(left.text + right.text);
}

function joined(left: Value, right: Value, budget: Budget): Value | undefined {
  if (typeof left === 'string' && typeof right === 'string') return budget.join(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    budget.steps(left.length + right.length);
    return [...left, ...right];
  }
  if (left instanceof PyTuple && right instanceof PyTuple) {
    budget.steps(left.items.length + right.items.length);
    return new PyTuple([...left.items, ...right.items]);
  }
  return undefined;
}

function repeated(left: Value, right: Value, budget: Budget): Value | undefined {
  const times = typeof left === 'number' || typeof left === 'boolean' ? left : right;
  const sequence = times === left ? right : left;
  if (typeof times !== 'number' && typeof times !== 'boolean') return undefined;
  const count = Math.max(0, Number(times));
  if (typeof sequence === 'string') {
    budget.characters(sequence.length * count);
    return sequence === '' ? '' : sequence.repeat(count);
  }
  const items = sequence instanceof PyTuple ? sequence.items : sequence;
  if (!Array.isArray(items)) return undefined;
  budget.steps(items.length * count);
  const result: Value[] = [];
  if (items.length > 0) for (let time = 0; time < count; time++) for (const item of items) result.push(item as Value);
  return sequence instanceof PyTuple ? new PyTuple(result) : result;
}

/** An integer, if JavaScript can tell it from its neighbours. */
function exact(value: number): number {
  return Number(integerText(value)) + 0;
}

function ofIntegers(operator: ArithmeticOperator, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return exact(a + b);
    case '-':
      return exact(a - b);
    case '*':
      return exact(a * b);
    case '/':
      return new PyFloat(a / notZero(b));
    case '//':
      return exact((a - modulo(a, notZero(b))) / b);
    case '%':
      return exact(modulo(a, notZero(b)));
    case '**':
      return power(a, b);
  }
}

/** The remainder has the divisor's sign in Python, the dividend's in JavaScript. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function power(base: number, exponent: number): number {
  if (exponent < 0) throw new TemplateFault('Powers that are floats are not supported.');
  if (Math.abs(base) <= 1) return exponent === 0 ? 1 : base < 0 && exponent % 2 === 0 ? 1 : base;
  let result = 1;
  for (let time = 0; time < exponent; time++) result = exact(result * base);
  return result;
}

function ofFloats(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / notZero(b);
    case '//':
      return floorDivision(a, notZero(b));
    case '%':
      return modulo(a, notZero(b)) || withSign(0, b, modulo(a, b));
    case '**':
      // The C library's pow and V8's differ in the last digit.
      throw new TemplateFault('Powers that are floats are not supported.');
  }
}

/** CPython's `float_floor_div`. */
function floorDivision(a: number, b: number): number {
  const rest = modulo(a, b);
  const quotient = (a - rest) / b;
  if (quotient === 0) return withSign(0, a / b, quotient);
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function withSign(zero: number, sign: number, value: number): number {
  if (Number.isNaN(value)) return value;
  return sign < 0 || Object.is(sign, -0) ? -zero : zero;
}

function notZero(divisor: number): number {
  if (divisor === 0) throw new TemplateFault('division by zero');
  return divisor;
}

export function negated(value: Value): Value {
  if (value instanceof PyFloat) return new PyFloat(-value.value);
  return exact(-signed(value, '-'));
}

export function affirmed(value: Value): Value {
  return value instanceof PyFloat ? value : signed(value, '+');
}

function signed(value: Value, sign: string): number {
  if (value instanceof Undefined) throw value.fault();
  const number = numberOf(value);
  if (number === undefined) throw new TemplateFault(`bad operand type for unary ${sign}: '${typeName(value)}'`);
  return number;
}
