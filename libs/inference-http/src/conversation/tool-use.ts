import {
  type AnswerForm,
  type ChatOptions,
  THOUGHT_MARKS,
  TOOL_FORMATS,
  type SamplingParams,
  type ToolDefinition,
} from '@frontier/inference';

/** The tools of a request, and whether they must be called. */
export interface ToolUse {
  /** Tools that are offered to the model. */
  tools: readonly ToolDefinition[];
  /** `auto`: as the model decides; otherwise it must call one of them or, by name, this one. */
  choice: 'auto' | 'required' | { name: string };
  /** True if an answer may have several calls. */
  isParallel: boolean;
}

/** The options of the chat template for tools. */
export function toolOptions(use: ToolUse | undefined): Pick<ChatOptions, 'tools' | 'mustCall'> {
  return use ? { tools: use.tools, mustCall: use.choice !== 'auto' } : {};
}

/**
 * Parameters that hold the answer to its form.
 * @param form of the rendered conversation
 */
export function answerParams(form: AnswerForm, use: ToolUse | undefined): Partial<SamplingParams> {
  const thoughts = form.thinking === 'none' ? [] : THOUGHT_MARKS;
  if (!use || !form.tools) return thoughts.length > 0 ? { markers: thoughts } : {};
  const { choice, tools, isParallel } = use;
  const callable = typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools;
  return {
    markers: [...thoughts, TOOL_FORMATS[form.tools].trigger],
    tools: {
      format: form.tools,
      tools: callable.map(({ name, parameters, isStrict }) => ({ name, parameters, isStrict })),
      isTriggered: form.isTriggered,
      isParallel: isParallel && typeof choice !== 'object',
    },
  };
}
