import { attributeOf, call, callMethod, itemOf, REFUSED_METHODS } from '../builtins/attributes.js';
import { compileArguments } from './compile-arguments.js';
import { compileFilter } from './compile-filter.js';
import { compileOperation } from './compile-operation.js';
import type { CompileContext, Evaluate } from './compile-context.js';
import { sliced } from '../python/iteration.js';
import { truth } from '../python/operators.js';
import { PyDict, PyFloat, PyTuple, Undefined } from '../python/values.js';
import { CONSTANTS, WORDS } from './reserved-names.js';
import { unknownDirective } from '../python/strftime.js';
import type {
  Argument,
  CallExpression,
  Expression,
  Identifier,
  MemberExpression,
  SliceExpression,
} from '../syntax/template-tree.js';

/** Makes a function of an expression. Everything that is not supported is noted in the context. */
export function compileExpression(node: Expression, context: CompileContext): Evaluate {
  switch (node.type) {
    case 'Identifier':
      return compileName(node, context);
    case 'IntegerLiteral': {
      const value = node.value + 0;
      return () => value;
    }
    case 'FloatLiteral': {
      const value = new PyFloat(node.value);
      return () => value;
    }
    case 'StringLiteral': {
      const { value } = node;
      return () => value;
    }
    case 'ArrayLiteral':
    case 'TupleLiteral': {
      const items = node.value.map((item) => compileExpression(item, context));
      const isTuple = node.type === 'TupleLiteral';
      return (scope) => {
        scope.run.budget.steps(items.length);
        const values = items.map((item) => item(scope));
        return isTuple ? new PyTuple(values) : values;
      };
    }
    case 'ObjectLiteral':
      return compileDict([...node.value], context);
    case 'MemberExpression':
      return compileMember(node, context);
    case 'CallExpression':
      return compileCall(node, context);
    case 'FilterExpression':
      return compileFilter(node.filter, compileExpression(node.operand, context), context);
    case 'BinaryExpression':
    case 'UnaryExpression':
      return compileOperation(node, context);
    case 'Ternary':
    case 'SelectExpression':
      return compileConditional(node, context);
    default:
      return context.refuse(`expression \`${(node as { type: string }).type}\``);
  }
}

function compileConditional(
  node: Extract<Expression, { type: 'Ternary' | 'SelectExpression' }>,
  context: CompileContext,
): Evaluate {
  const isTernary = node.type === 'Ternary';
  const condition = compileExpression(isTernary ? node.condition : node.test, context);
  const yes = compileExpression(isTernary ? node.trueExpr : node.lhs, context);
  const no: Evaluate = isTernary
    ? compileExpression(node.falseExpr, context)
    : () => new Undefined('the inline if-expression evaluated to false and no else section was defined');
  return (scope) => (truth(condition(scope)) ? yes : no)(scope);
}

function compileName({ value: name }: Identifier, context: CompileContext): Evaluate {
  const constant = CONSTANTS.get(name);
  if (constant !== undefined) return () => constant;
  if (WORDS.has(name)) return context.refuse(`\`${name}\` in this place`);
  context.read(name);
  return (scope) => scope.get(name);
}

function compileDict(entries: readonly [Expression, Expression][], context: CompileContext): Evaluate {
  const items = entries.map(
    ([key, value]) => [compileExpression(key, context), compileExpression(value, context)] as const,
  );
  return (scope) => {
    scope.run.budget.steps(items.length);
    const dict = new PyDict();
    for (const [key, value] of items) dict.set(key(scope), value(scope));
    return dict;
  };
}

function compileMember({ object, property, computed }: MemberExpression, context: CompileContext): Evaluate {
  const value = compileExpression(object, context);
  if (property.type === 'SliceExpression') return compileSlice(value, property, context);
  if (!computed && property.type === 'Identifier') {
    const name = property.value;
    return (scope) => {
      scope.run.budget.steps(1);
      return attributeOf(value(scope), name, scope.run);
    };
  }
  const key = compileExpression(property, context);
  return (scope) => {
    scope.run.budget.steps(1);
    return itemOf(value(scope), key(scope), scope.run);
  };
}

function compileSlice(value: Evaluate, slice: SliceExpression, context: CompileContext): Evaluate {
  const [start, stop, step] = [slice.start, slice.stop, slice.step].map((bound) =>
    bound ? compileExpression(bound, context) : () => null,
  ) as [Evaluate, Evaluate, Evaluate];
  return (scope) => {
    scope.run.budget.steps(1);
    const bounds = { start: start(scope), stop: stop(scope), step: step(scope) };
    return sliced(value(scope), bounds, scope.run.budget);
  };
}

function compileCall({ callee, args }: CallExpression, context: CompileContext): Evaluate {
  const given = compileArguments(args, context);
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier') {
    const name = callee.property.value;
    if (REFUSED_METHODS.has(name)) context.refuse(`method \`.${name}\``);
    const object = compileExpression(callee.object, context);
    return (scope) => {
      scope.run.budget.steps(1);
      return callMethod(object(scope), name, given(scope), scope.run);
    };
  }
  if (callee.type === 'Identifier') refuseCall(callee.value, args, context);
  const called = compileExpression(callee, context);
  return (scope) => {
    scope.run.budget.steps(1);
    return call(called(scope), given(scope), scope.run);
  };
}

function refuseCall(name: string, args: readonly Argument[], context: CompileContext): void {
  if (name === 'loop') context.refuse('calls of `loop`');
  const [format] = args;
  if (name !== 'strftime_now' || format?.type !== 'StringLiteral') return;
  const directive = unknownDirective(format.value);
  if (directive !== undefined) context.refuse(`directive \`${directive}\` of \`strftime_now\``);
}
