import type { CompileContext, Evaluate } from './compile-context.js';
import { contains } from '../python/iteration.js';
import { affirmed, calculate, negated, type ArithmeticOperator } from '../python/arithmetic.js';
import { equals, ordered, truth, type Order } from '../python/operators.js';
import { print } from '../python/printing.js';
import type { Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import type { BinaryExpression, Expression } from '../syntax/template-tree.js';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'];
const SUMS = ['+', '-', '~'];

type Operation = Extract<Expression, { type: 'BinaryExpression' | 'UnaryExpression' }>;

/** Makes a function of an operation with one or two sides. */
export function compileOperation(node: Operation, context: CompileContext): Evaluate {
  if (node.type === 'UnaryExpression') return compileUnary(node, context);
  const operator = node.operator.value;
  if (COMPARISONS.includes(operator)) return compileComparison(chainOf(node, COMPARISONS), context);
  if (SUMS.includes(operator)) return compileSum(chainOf(node, SUMS), context);
  const left = context.expression(node.left);
  const right = context.expression(node.right);
  if (operator === 'and' || operator === 'or') {
    const stopsAt = operator === 'or';
    return (scope) => {
      const value = left(scope);
      return truth(value) === stopsAt ? value : right(scope);
    };
  }
  if (operator === '%' && node.left.type === 'StringLiteral') return context.refuse('formatting with `%`');
  return arithmetic(operator as ArithmeticOperator, left, right);
}

function arithmetic(operator: ArithmeticOperator, left: Evaluate, right: Evaluate): Evaluate {
  return (scope) => {
    scope.run.budget.steps(1);
    return calculate(operator, left(scope), right(scope), scope.run.budget);
  };
}

function compileUnary(node: Extract<Expression, { type: 'UnaryExpression' }>, context: CompileContext): Evaluate {
  const argument = context.expression(node.argument);
  switch (node.operator.value) {
    case 'not':
      return (scope) => !truth(argument(scope));
    case '-':
      return (scope) => negated(argument(scope));
    default:
      return (scope) => affirmed(argument(scope));
  }
}

interface Chain {
  first: Expression;
  rest: { operator: string; operand: Expression }[];
}

/** `a + b ~ c` as it is written: the parser makes a tree from the left, and drops parentheses that make it one. */
function chainOf(node: BinaryExpression, operators: readonly string[]): Chain {
  const rest: Chain['rest'] = [];
  let first: Expression = node;
  while (
    first.type === 'BinaryExpression' &&
    operators.includes(first.operator.value) &&
    first.operator.group === node.operator.group
  ) {
    rest.unshift({ operator: first.operator.value, operand: first.right });
    first = first.left;
  }
  return { first, rest };
}

/** `a < b < c` is `a < b and b < c`. */
function compileComparison({ first, rest }: Chain, context: CompileContext): Evaluate {
  const start = context.expression(first);
  const steps = rest.map(({ operator, operand }) => ({ operator, operand: context.expression(operand) }));
  return (scope) => {
    let left = start(scope);
    for (const { operator, operand } of steps) {
      scope.run.budget.steps(1);
      const right = operand(scope);
      if (!compared(operator, [left, right], scope.run)) return false;
      left = right;
    }
    return true;
  };
}

function compared(operator: string, [left, right]: readonly [Value, Value], { budget }: Rendering): boolean {
  switch (operator) {
    case '==':
      return equals(left, right, budget);
    case '!=':
      return !equals(left, right, budget);
    case 'in':
      return contains(right, left, budget);
    case 'not in':
      return !contains(right, left, budget);
    default:
      return ordered(operator as Order, left, right, budget);
  }
}

/** `~` binds tighter than `+` and `-`, which the parser puts on one level. */
function compileSum({ first, rest }: Chain, context: CompileContext): Evaluate {
  const terms: { operator: string; texts: Evaluate[] }[] = [{ operator: '+', texts: [context.expression(first)] }];
  for (const { operator, operand } of rest) {
    const value = context.expression(operand);
    if (operator === '~') terms.at(-1)!.texts.push(value);
    else terms.push({ operator, texts: [value] });
  }
  const [start, ...others] = terms.map(({ operator, texts }) => ({
    operator: operator as ArithmeticOperator,
    value: texts.length === 1 ? texts[0]! : concatenation(texts),
  }));
  return others.reduce((left, { operator, value }) => arithmetic(operator, left, value), start!.value);
}

export function concatenation(texts: readonly Evaluate[]): Evaluate {
  return (scope) => {
    const { budget } = scope.run;
    budget.steps(texts.length);
    let text = '';
    for (const each of texts) text = budget.join(text, print(each(scope), budget));
    return text;
  };
}
