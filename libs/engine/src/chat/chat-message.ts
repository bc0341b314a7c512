import type { ToolCall, ToolDefinition } from '../tools/tool-definition.js';
import type { ToolFormatName } from '../tools/tool-format.js';

/** One turn of a conversation, in the words that chat templates know. */
export interface ChatMessage {
  role: string;
  content: string;
  name?: string;
  /** Calls of an assistant's turn. */
  toolCalls?: readonly ToolCall[];
  /** The call that a turn of the role `tool` answers. */
  toolCallId?: string;
  /** What the assistant thought before it wrote the turn. */
  reasoning?: string;
}

/** Options of rendering a chat. */
export interface ChatOptions {
  /** Ends with the beginning of the assistant's next turn; default true, false with `continueFinalMessage`. */
  addGenerationPrompt?: boolean;
  /** Leaves the last turn open, so that the model continues it. */
  continueFinalMessage?: boolean;
  /** Tools that the answer may call. */
  tools?: readonly ToolDefinition[];
  /** Begins a call, so that the answer is nothing else. */
  mustCall?: boolean;
  /** Further variables of the template, such as `enable_thinking`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** The form of the answer to a rendered chat. */
export interface AnswerForm {
  /** The form of calls, where there are tools. */
  tools?: ToolFormatName;
  /** True if the prompt ends with the trigger of a call. */
  isTriggered: boolean;
  /** Whether the answer may begin with what the model thinks, between `<think>` and `</think>`; `begun`: the prompt has the first mark. */
  thinking: 'none' | 'possible' | 'begun';
}

/** A chat as the text that the model continues. */
export interface RenderedChat {
  text: string;
  form: AnswerForm;
}
