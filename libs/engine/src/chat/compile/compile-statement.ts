import { compileAssignment, compileSet } from './compile-assignment.js';
import type { CompileContext, Evaluate, Execute } from './compile-context.js';
import { compileFilter } from './compile-filter.js';
import { compileCallBlock, compileMacro } from './compile-macro.js';
import { iterate } from '../python/iteration.js';
import { compileCapture } from './compile-capture.js';
import { LoopContext } from '../builtins/loop-context.js';
import { truth } from '../python/operators.js';
import { print } from '../python/printing.js';
import type { Value } from '../python/values.js';
import { Scope } from './scope.js';
import { FILTERED } from '../syntax/template-tokens.js';
import type { Expression, ForStatement, TemplateNode } from '../syntax/template-tree.js';

/** Makes a function of statements. `inLoop`: `break` and `continue` may stand among them. */
export function compileBody(nodes: readonly TemplateNode[], context: CompileContext, inLoop: boolean): Execute {
  const statements = nodes.map((node) => compileStatement(node, context, inLoop));
  return (scope) => {
    for (const statement of statements) {
      const outcome = statement(scope);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  };
}

function compileStatement(node: TemplateNode, context: CompileContext, inLoop: boolean): Execute {
  switch (node.type) {
    case 'If': {
      const test = context.expression(node.test);
      const body = compileBody(node.body, context, inLoop);
      const alternate = compileBody(node.alternate, context, inLoop);
      return (scope) => {
        scope.run.budget.steps(1);
        return (truth(test(scope)) ? body : alternate)(scope);
      };
    }
    case 'For':
      return compileFor(node, context, inLoop);
    case 'Set':
      return compileSet(node, context, inLoop);
    case 'Macro':
      return compileMacro(node, context);
    case 'CallStatement':
      return compileCallBlock(node, context);
    case 'FilterStatement': {
      const captured = compileCapture(node.body, context, inLoop);
      let text = '';
      const filter = compileFilter(node.filter, () => text, context);
      return (scope) =>
        captured(scope, (written) => {
          text = written;
          scope.run.write(print(filter(scope), scope.run.budget));
        });
    }
    case 'Break':
    case 'Continue': {
      const outcome = node.type === 'Break' ? 'break' : 'continue';
      if (!inLoop) context.refuse(`\`${outcome}\` outside of a loop`);
      return () => outcome;
    }
    case 'StringLiteral': {
      const { value } = node;
      return (scope) => (scope.run.write(value), undefined);
    }
    default:
      return compilePrint(node, context);
  }
}

function compilePrint(node: Expression, context: CompileContext): Execute {
  const value = context.expression(node);
  return (scope) => {
    scope.run.budget.steps(1);
    scope.run.write(print(value(scope), scope.run.budget));
    return undefined;
  };
}

function compileFor(node: ForStatement, context: CompileContext, inLoop: boolean): Execute {
  const { source, condition } = compileSource(node.iterable, context);
  const assign = compileAssignment(node.loopvar, context, 'names');
  const body = compileBody(node.body, context, true);
  const alternate = node.defaultBlock.length > 0 ? compileBody(node.defaultBlock, context, inLoop) : undefined;
  return (scope) => {
    const { run } = scope;
    const values = source(scope);
    const filtered = condition && leftBy(values, scope, { assign, condition });
    const loop = new LoopContext(values, run.budget, filtered);
    // Jinja notes a turn at its end, so that `else` follows a loop whose turns were all left early.
    let hasTurned = false;
    for (let item = loop.next(); item !== undefined; item = loop.next()) {
      run.budget.steps(1);
      const turn = new Scope(run, scope);
      turn.set('loop', loop);
      assign(turn, item);
      const outcome = body(turn);
      if (outcome === 'break') break;
      if (outcome === undefined) hasTurned = true;
    }
    return hasTurned ? undefined : alternate?.(new Scope(run, scope));
  };
}

function compileSource(node: Expression, context: CompileContext): { source: Evaluate; condition?: Evaluate } {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.value !== FILTERED) {
    return { source: context.expression(node) };
  }
  const [source, condition, ...others] = node.args as Expression[];
  if (!source || !condition || others.length > 0) return { source: context.refuse('this condition of a loop') };
  return { source: context.expression(source), condition: context.expression(condition) };
}

/** Items that a loop's condition leaves, each found when its turn comes. */
function* leftBy(
  values: Value,
  scope: Scope,
  { assign, condition }: { assign: (scope: Scope, value: Value) => void; condition: Evaluate },
): Generator<Value> {
  for (const item of iterate(values, scope.run.budget)) {
    scope.run.budget.steps(1);
    const own = new Scope(scope.run, scope);
    assign(own, item);
    if (truth(condition(own))) yield item;
  }
}
