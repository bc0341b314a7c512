import { NO_ARGUMENTS } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import type { CompileContext, Evaluate } from './compile-context.js';
import { listOf } from '../python/iteration.js';
import { PyDict, typeName, type Arguments, type Value } from '../python/values.js';
import type { Scope } from './scope.js';
import type { Argument } from '../syntax/template-tree.js';

/** One argument of a call: by its place, by its name, or several of a list or a dict (`*`, `**`). */
interface Given {
  kind: 'positional' | 'list' | 'dict' | 'named';
  name: string;
  value: Evaluate;
}

/** Makes a function of a call's arguments. */
export function compileArguments(args: readonly Argument[], context: CompileContext): (scope: Scope) => Arguments {
  if (args.length === 0) return () => NO_ARGUMENTS;
  const given = args.map((argument) => compileArgument(argument, context));
  if (given.every(({ kind }) => kind === 'positional')) {
    return (scope) => ({ positional: given.map(({ value }) => value(scope)) });
  }
  const names = given.filter(({ kind }) => kind === 'named').map(({ name }) => name);
  if (new Set(names).size < names.length) context.refuse('an argument that is given twice');
  return (scope) => collected(given, scope);
}

function compileArgument(argument: Argument, context: CompileContext): Given {
  switch (argument.type) {
    case 'KeywordArgumentExpression':
      return { kind: 'named', name: argument.key.value, value: context.expression(argument.value) };
    case 'SpreadExpression':
      return { kind: 'list', name: '', value: context.expression(argument.argument) };
    case 'KeywordSpreadExpression':
      return { kind: 'dict', name: '', value: context.expression(argument.argument) };
    default:
      return { kind: 'positional', name: '', value: context.expression(argument) };
  }
}

function collected(given: readonly Given[], scope: Scope): Arguments {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const { kind, name, value: evaluate } of given) {
    const value = evaluate(scope);
    if (kind === 'positional') positional.push(value);
    else if (kind === 'list') for (const item of listOf(value, scope.run.budget)) positional.push(item);
    else {
      for (const [key, item] of kind === 'named' ? [[name, value] as const] : pairsOf(value)) {
        if (named.has(key)) throw new TemplateFault(`The argument '${key}' is given twice.`);
        named.set(key, item);
      }
    }
  }
  return { positional, named };
}

function* pairsOf(value: Value): Generator<readonly [string, Value]> {
  if (!(value instanceof PyDict))
    throw new TemplateFault(`argument after ** must be a mapping, not ${typeName(value)}`);
  for (const [name, item] of value.items()) {
    if (typeof name !== 'string') throw new TemplateFault('keywords must be strings');
    yield [name, item];
  }
}
