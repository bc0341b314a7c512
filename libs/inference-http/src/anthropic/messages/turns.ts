import { type ContentBlock, textOf } from './content-block.js';
import type { MessageParam } from './message.param.js';

/** Messages of one role that follow each other, by the kinds of their blocks. */
export interface Turn {
  role: MessageParam['role'];
  /** The texts of each message that has any. */
  texts: string[];
  thoughts: string[];
  calls: Extract<ContentBlock, { type: 'tool_use' }>[];
  results: Extract<ContentBlock, { type: 'tool_result' }>[];
}

/** The turns of a conversation: consecutive messages of a role are one. */
export function turnsOf(messages: readonly MessageParam[]): Turn[] {
  const turns: Turn[] = [];
  for (const { role, content } of messages) {
    let turn = turns.at(-1);
    if (turn?.role !== role) turns.push((turn = { role, texts: [], thoughts: [], calls: [], results: [] }));
    const blocks: readonly ContentBlock[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const text = textOf(blocks.filter((block) => block.type === 'text'));
    if (text !== '') turn.texts.push(text);
    for (const block of blocks) addBlock(turn, block);
  }
  return turns;
}

function addBlock({ thoughts, calls, results }: Turn, block: ContentBlock): void {
  if (block.type === 'thinking') thoughts.push(block.thinking);
  else if (block.type === 'tool_use') calls.push(block);
  else if (block.type === 'tool_result') results.push(block);
}
