import { isAssignable } from './reserved-names.js';
import type { CompileContext, Evaluate, Execute } from './compile-context.js';
import { compileFilter } from './compile-filter.js';
import { compileCapture } from './compile-capture.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { checkAttribute } from '../builtins/globals.js';
import { listOf } from '../python/iteration.js';
import { PyNamespace, typeName, type Value } from '../python/values.js';
import type { Scope } from './scope.js';
import type { Expression, SetStatement } from '../syntax/template-tree.js';

type Assign = (scope: Scope, value: Value) => void;

/** Makes a function that gives a value to names, or with `attributes` to those of namespaces too. */
export function compileAssignment(target: Expression, context: CompileContext, to: 'names' | 'attributes'): Assign {
  if (target.type === 'Identifier' && isAssignable(target.value)) {
    const name = target.value;
    context.assign(name);
    return (scope, value) => scope.set(name, value);
  }
  if (target.type === 'TupleLiteral') return compileUnpacking(target.value, context, to);
  if (target.type === 'MemberExpression' && !target.computed && to === 'attributes') {
    const { object, property } = target;
    if (object.type === 'Identifier' && property.type === 'Identifier') {
      return assignAttribute(context.expression(object), property.value);
    }
  }
  return context.refuse('an assignment to what is no name');
}

function assignAttribute(object: Evaluate, name: string): Assign {
  return (scope, value) => {
    const namespace = object(scope);
    if (!(namespace instanceof PyNamespace)) {
      throw new TemplateFault(`cannot assign attribute on non-namespace object, a ${typeName(namespace)}`);
    }
    checkAttribute(name);
    namespace.attributes.set(name, value);
  };
}

function compileUnpacking(targets: readonly Expression[], context: CompileContext, to: 'names' | 'attributes'): Assign {
  const assigns = targets.map((target) => compileAssignment(target, context, to));
  return (scope, value) => {
    const values = listOf(value, scope.run.budget);
    if (values.length !== assigns.length) {
      throw new TemplateFault(`${assigns.length} values to unpack expected, and there are ${values.length}`);
    }
    for (const [index, assign] of assigns.entries()) assign(scope, values[index]!);
  };
}

export function compileSet(node: SetStatement, context: CompileContext, inLoop: boolean): Execute {
  if (node.value) {
    const value = context.expression(node.value);
    const assign = compileAssignment(node.assignee, context, 'attributes');
    return (scope) => {
      scope.run.budget.steps(1);
      assign(scope, value(scope));
      return undefined;
    };
  }
  return compileSetBlock(node, context, inLoop);
}

/** `{% set name | filter %}...{% endset %}`. */
function compileSetBlock(node: SetStatement, context: CompileContext, inLoop: boolean): Execute {
  const captured = compileCapture(node.body, context, inLoop);
  let text = '';
  const { target, value } = filtered(node.assignee, () => text, context);
  const assign = compileAssignment(target, context, 'attributes');
  return (scope) =>
    captured(scope, (written) => {
      text = written;
      assign(scope, value(scope));
    });
}

function filtered(node: Expression, text: Evaluate, context: CompileContext): { target: Expression; value: Evaluate } {
  if (node.type !== 'FilterExpression') return { target: node, value: text };
  const { target, value } = filtered(node.operand, text, context);
  return { target, value: compileFilter(node.filter, value, context) };
}
