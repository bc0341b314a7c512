import type { CompileContext, Outcome } from './compile-context.js';
import { Scope } from './scope.js';
import type { TemplateNode } from '../syntax/template-tree.js';

/** Runs statements in a scope of their own and hands what they write to `use`, unless they leave the loop around. */
export function compileCapture(
  nodes: readonly TemplateNode[],
  context: CompileContext,
  inLoop: boolean,
): (scope: Scope, use: (text: string) => void) => Outcome {
  const body = context.body(nodes, inLoop);
  return (scope, use) => {
    let outcome: Outcome;
    const text = scope.run.capture(() => {
      outcome = body(new Scope(scope.run, scope));
    });
    if (outcome === undefined) use(text);
    return outcome;
  };
}
