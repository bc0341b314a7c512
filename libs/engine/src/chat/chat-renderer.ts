import { parse } from '@huggingface/jinja';
import { Budget, type RenderLimits } from './python/budget.js';
import {
  TemplateFault,
  TemplateNotSupported,
  TemplateRefusal,
  TemplateTooExpensive,
} from './python/chat-template.errors.js';
import { CompileContext, type Execute } from './compile/compile-context.js';
import { compileExpression } from './compile/compile-expression.js';
import { compileBody } from './compile/compile-statement.js';
import { GLOBALS } from './builtins/globals.js';
import { fromJson, type Value } from './python/values.js';
import { Rendering } from './python/rendering.js';
import { Scope } from './compile/scope.js';
import { tokensOf } from './syntax/template-tokens.js';
import type { TemplateNode } from './syntax/template-tree.js';

/**
 * A chat template that writes what transformers' `apply_chat_template` writes, to the letter, or is refused when it is made
 * (docs/decisions/0024-chat-templates.md).
 */
export class ChatRenderer {
  readonly #execute: Execute;

  /** @throws TemplateNotSupported naming everything in the template that is not supported */
  constructor(source: string) {
    const context = new CompileContext({ expression: compileExpression, body: compileBody });
    this.#execute = context.body(nodesOf(source), false);
    const problems = context.problems();
    if (problems.length > 0)
      throw new TemplateNotSupported(`The chat template uses what is not supported: ${problems.join(', ')}.`);
  }

  /**
   * @param variables values of JSON by the names that the template has for them; whole numbers are Python's integers
   * @throws TemplateRefusal in the template's own words, TemplateTooExpensive, TemplateFault
   */
  render(variables: Readonly<Record<string, unknown>>, limits?: RenderLimits): string {
    try {
      const names = new Map<string, Value>(GLOBALS);
      for (const [name, value] of Object.entries(variables)) if (value !== undefined) names.set(name, fromJson(value));
      const run = new Rendering(new Budget(limits));
      this.#execute(new Scope(run, undefined, names));
      return run.output;
    } catch (error) {
      if (error instanceof TemplateRefusal || error instanceof TemplateTooExpensive || error instanceof TemplateFault)
        throw error;
      // V8's, for a stack or a text without room.
      if (error instanceof RangeError)
        throw new TemplateTooExpensive(`The chat template goes too deep: ${error.message}.`);
      throw new TemplateFault(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function nodesOf(source: string): TemplateNode[] {
  try {
    return (parse(tokensOf(source) as Parameters<typeof parse>[0]) as unknown as { body: TemplateNode[] }).body;
  } catch (error) {
    const { message } = error as Error;
    const reason = error instanceof TemplateNotSupported ? 'uses what is not supported' : 'cannot be parsed';
    throw new TemplateNotSupported(`The chat template ${reason}: ${message}`, { cause: error });
  }
}
