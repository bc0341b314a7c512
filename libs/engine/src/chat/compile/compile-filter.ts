import { compileArguments } from './compile-arguments.js';
import type { CompileContext, Evaluate } from './compile-context.js';
import { FILTERS, TEST_NAME_PLACES } from '../builtins/filters.js';
import { NEGATED_TEST, TEST } from '../syntax/template-tokens.js';
import { TESTS } from '../builtins/template-tests.js';
import type { Argument, CallExpression, Identifier } from '../syntax/template-tree.js';

/** Makes a function of a filter, or of a test that is written as one, over what `operand` gives. */
export function compileFilter(node: Identifier | CallExpression, operand: Evaluate, context: CompileContext): Evaluate {
  const callee = node.type === 'CallExpression' ? node.callee : node;
  if (callee.type !== 'Identifier') return context.refuse('attributes and calls of what a filter gives');
  const nodes = node.type === 'CallExpression' ? node.args : [];
  const name = callee.value;
  if (name.startsWith(TEST)) return compileTest(name, nodes, operand, context);
  const filter = FILTERS.get(name);
  if (!filter) return context.refuse(`filter \`${name}\``);
  refuseArguments(name, nodes, context);
  const args = compileArguments(nodes, context);
  return (scope) => {
    scope.run.budget.steps(1);
    return filter(operand(scope), args(scope), scope.run);
  };
}

function compileTest(
  written: string,
  nodes: readonly Argument[],
  operand: Evaluate,
  context: CompileContext,
): Evaluate {
  const isNegated = written.startsWith(NEGATED_TEST);
  const name = written.slice((isNegated ? NEGATED_TEST : TEST).length);
  const test = TESTS.get(name);
  if (!test) return context.refuse(`test \`${name}\``);
  const args = compileArguments(nodes, context);
  return (scope) => {
    scope.run.budget.steps(1);
    return test(operand(scope), args(scope), scope.run) !== isNegated;
  };
}

/** Names of filters and tests that are arguments, and arguments that are not supported. */
function refuseArguments(name: string, nodes: readonly Argument[], context: CompileContext): void {
  const place = TEST_NAME_PLACES.get(name);
  const test = place === undefined ? undefined : nodes[place];
  if (test?.type === 'StringLiteral' && !TESTS.has(test.value)) context.refuse(`test \`${test.value}\``);
  const [first] = nodes;
  if (name === 'map' && first?.type === 'StringLiteral') {
    if (!FILTERS.has(first.value)) context.refuse(`filter \`${first.value}\``);
  }
  const hasBase =
    nodes.length > 1 || nodes.some((node) => node.type === 'KeywordArgumentExpression' && node.key.value === 'base');
  if (name === 'int' && hasBase) context.refuse('filter `int` with a base');
}
