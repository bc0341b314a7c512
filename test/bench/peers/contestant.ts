import type { Chat, ChatTimes } from '../../real/support/chat-times.ts';
import type { MachineLimits } from '../machine/machine-limits.ts';
import type { Work } from './work.ts';

/** Speeds of one way to run a model, in milliseconds; all continue greedily and past the end of a text. A way that cannot do a thing has no method for it. */
export interface Contestant {
  /** As `--contestants` names it. */
  id: string;
  /** With its version. */
  name: string;
  /** Of each of some decode steps of as many streams as there are prompts. */
  decodeSteps?(prompts: number[][], steps: number): Promise<number[]>;
  /** To the first token after a prompt. */
  prefill?(prompt: number[]): Promise<number>;
  /** For all prompts, of callers each of which asks again when it has its tokens. */
  closedLoop?(callers: number, prompts: number[][], tokens: number): Promise<number>;
  chat?(chat: Chat): Promise<ChatTimes>;
  /** Not a time: that of equal windows of a text, whose first tokens are not scored. */
  perplexity?(windows: number[][]): Promise<number>;
  /** The least that its passes can take, where that is known. */
  workOn?(machine: MachineLimits): Work;
  close(): void | Promise<void>;
}
