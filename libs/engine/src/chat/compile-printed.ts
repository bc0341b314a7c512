import type { CompileContext } from './compile-context.js';
import { compileConditional, compileExpression, type Evaluate } from './compile-expression.js';
import { compileFilter } from './compile-filter.js';
import type { Expression } from './template-tree.js';

/** Makes a function of an expression whose value is only printed, where `safe` and `escape` may stand outermost. */
export function compilePrinted(node: Expression, context: CompileContext): Evaluate {
  if (node.type === 'FilterExpression') {
    return compileFilter(node.filter, compileExpression(node.operand, context), context, true);
  }
  if (node.type === 'Ternary' || node.type === 'SelectExpression')
    return compileConditional(node, context, compilePrinted);
  return compileExpression(node, context);
}
