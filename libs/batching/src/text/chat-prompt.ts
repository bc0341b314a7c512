import type { AnswerForm } from '@frontier/engine';

/** A conversation as the text that the model continues. */
export interface ChatPrompt {
  prompt: string;
  form: AnswerForm;
  /** Whether the tokenizer's special tokens belong around it: a model's own template writes them itself. */
  addSpecialTokens: boolean;
}
