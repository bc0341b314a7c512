import { call } from '../builtins/attributes.js';
import { TemplateFault, TemplateTooExpensive } from '../python/chat-template.errors.js';
import { compileArguments } from './compile-arguments.js';
import { isAssignable } from './reserved-names.js';
import type { CompileContext, Evaluate, Execute } from './compile-context.js';
import { Callable, Undefined, type Arguments, type Value } from '../python/values.js';
import { Scope } from './scope.js';
import { GENERATION } from '../syntax/template-tokens.js';
import {
  mentions,
  type CallStatement,
  type MacroStatement,
  type Parameter,
  type TemplateNode,
} from '../syntax/template-tree.js';

/** Python's recursion limit is reached at about this depth. */
const MAX_DEPTH = 150;

interface MacroParts {
  name: string;
  parameters: readonly Parameter[];
  body: readonly TemplateNode[];
}

interface Parameters {
  names: readonly string[];
  defaults: readonly (Evaluate | undefined)[];
  takesCaller: boolean;
}

/** `{% macro %}`: it sees the names around its definition, as they are when it is called. */
export function compileMacro({ name, args, body }: MacroStatement, context: CompileContext): Execute {
  if (!isAssignable(name.value)) context.refuse(`a macro called \`${name.value}\``);
  context.assign(name.value);
  const make = compileCallable({ name: name.value, parameters: args, body }, context);
  return (scope) => (scope.set(name.value, make(scope)), undefined);
}

/** `{% call %}`, and `{% generation %}`, which transformers makes of it to mark what an assistant says. */
export function compileCallBlock({ call: node, callerArgs, body }: CallStatement, context: CompileContext): Execute {
  const make = compileCallable({ name: 'caller', parameters: callerArgs ?? [], body }, context);
  if (node.callee.type === 'Identifier' && node.callee.value === GENERATION) {
    return (scope) => (scope.run.write(make(scope).call({ positional: [] }, scope.run) as string), undefined);
  }
  const callee = context.expression(node.callee);
  const args = compileArguments(node.args, context);
  return (scope) => {
    scope.run.budget.steps(1);
    const { positional, named = [] } = args(scope);
    const text = call(callee(scope), { positional, named: new Map([...named, ['caller', make(scope)]]) }, scope.run);
    scope.run.write(text as string);
    return undefined;
  };
}

function compileCallable({ name, parameters, body }: MacroParts, context: CompileContext): (scope: Scope) => Callable {
  const names = parameters.map((parameter) => (parameter.type === 'Identifier' ? parameter : parameter.key).value);
  for (const each of names) {
    if (!isAssignable(each) || each === 'caller') context.refuse(`a parameter called \`${each}\``);
    context.assign(each);
  }
  const defaults = parameters.map((parameter) =>
    parameter.type === 'Identifier' ? undefined : context.expression(parameter.value),
  );
  const execute = context.body(body, false);
  const taken: Parameters = { names, defaults, takesCaller: mentions(body, 'caller') };
  return (scope) =>
    new Callable(name, (args, run) => {
      if (++run.depth > MAX_DEPTH)
        throw new TemplateTooExpensive('The macros of the chat template call each other too deep.');
      const own = new Scope(run, scope);
      setParameters(own, taken, args);
      const text = run.capture(() => execute(own));
      run.depth--;
      return text;
    });
}

function setParameters(
  scope: Scope,
  { names, defaults, takesCaller }: Parameters,
  { positional, named }: Arguments,
): void {
  if (positional.length > names.length) throw new TemplateFault(`macro takes not more than ${names.length} arguments`);
  const left = new Map<string, Value | undefined>(named);
  const missing: number[] = [];
  // All are there before a default is found: one that reads its own name gets what is undefined, not a name around the macro.
  for (const [index, name] of names.entries()) {
    let value: Value | undefined = positional[index];
    if (value === undefined) {
      value = left.get(name);
      left.delete(name);
    }
    scope.set(name, value === undefined ? new Undefined(`parameter '${name}' was not provided`) : value);
    if (value === undefined) missing.push(index);
  }
  for (const index of missing) {
    const value = defaults[index]?.(scope);
    if (value !== undefined) scope.set(names[index]!, value);
  }
  if (takesCaller) {
    const caller = left.get('caller');
    left.delete('caller');
    scope.set('caller', caller === undefined ? new Undefined('No caller defined') : caller);
  }
  for (const name of left.keys()) throw new TemplateFault(`macro takes no keyword argument '${name}'`);
}
