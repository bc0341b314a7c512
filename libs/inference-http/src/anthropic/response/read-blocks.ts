import type { AnswerBlock, AnswerToolUse } from './answer-block.js';
import type { BlockDelta } from './block-event.js';
import { type BlockOptions, BlockReader } from './block-reader.js';

/** The blocks of a whole answer, as its stream would have them; a call that was cut is left out. */
export function readBlocks(text: string, options: BlockOptions): { blocks: AnswerBlock[]; calls: number } {
  const reader = new BlockReader(options);
  const blocks: AnswerBlock[] = [];
  const inputs = new Map<AnswerBlock, string>();
  for (const event of [...reader.push(text), ...reader.end()]) {
    if (event.type === 'content_block_start') blocks.push(event.content_block);
    if (event.type === 'content_block_delta') addDelta(blocks[event.index], event.delta, inputs);
  }
  const calls = reader.callCount;
  const isCut = blocks.filter(({ type }) => type === 'tool_use').length > calls;
  // Nothing follows a call that was cut.
  if (isCut) blocks.pop();
  for (const block of blocks) if (block.type === 'tool_use') block.input = inputOf(inputs.get(block));
  return { blocks, calls };
}

function addDelta(block: AnswerBlock, delta: BlockDelta, inputs: Map<AnswerBlock, string>): void {
  if (delta.type === 'text_delta' && block.type === 'text') block.text += delta.text;
  if (delta.type === 'thinking_delta' && block.type === 'thinking') block.thinking += delta.thinking;
  if (delta.type === 'input_json_delta') inputs.set(block, (inputs.get(block) ?? '') + delta.partial_json);
}

/** The engine holds calls to JSON objects. */
function inputOf(json = '{}'): AnswerToolUse['input'] {
  return JSON.parse(json) as AnswerToolUse['input'];
}
