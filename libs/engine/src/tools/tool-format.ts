/**
 * The form in which a family of models writes calls of tools: the trigger, then for each call its name as JSON and its arguments as a JSON
 * object, with these texts around them.
 */
export interface ToolFormat {
  /** The text that begins the first call. */
  trigger: string;
  /** True if it begins calls at the start of an answer only. */
  isAtStart: boolean;
  /** Between the trigger and the name. */
  open: string;
  /** Between the name and the arguments. */
  between: string;
  /** Behind the last call. */
  close: string;
  /** Between the arguments of a call and the name of the next one; undefined: an answer has one call. */
  next: string | undefined;
}

/** The formats, by names of their own. */
export const TOOL_FORMATS = {
  /** Qwen 2.5 and 3, SmolLM3, Hermes: https://github.com/NousResearch/Hermes-Function-Calling */
  hermes: {
    trigger: '<tool_call>',
    isAtStart: false,
    open: '\n{"name": ',
    between: ', "arguments": ',
    close: '}\n</tool_call>',
    next: '}\n</tool_call>\n<tool_call>\n{"name": ',
  },
  /** Mistral up to version 7 of its tokenizer: https://docs.mistral.ai/capabilities/function_calling */
  mistral: {
    trigger: '[TOOL_CALLS]',
    isAtStart: false,
    open: '[{"name": ',
    between: ', "arguments": ',
    close: '}]',
    next: '}, {"name": ',
  },
  /** Granite 3: https://huggingface.co/ibm-granite/granite-3.3-2b-instruct */
  granite: {
    trigger: '<|tool_call|>',
    isAtStart: false,
    open: '[{"name": ',
    between: ', "arguments": ',
    close: '}]',
    next: '}, {"name": ',
  },
  /** Llama 3.1 and 3.2: https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1 */
  llama: {
    trigger: '{"name": ',
    isAtStart: true,
    open: '',
    between: ', "parameters": ',
    close: '}',
    next: undefined,
  },
} as const satisfies Record<string, ToolFormat>;

export type ToolFormatName = keyof typeof TOOL_FORMATS;
