import { type AnswerEvent, type AnswerForm, AnswerReader } from '@frontier/inference';
import type { AnswerBlock } from './answer-block.js';
import type { BlockDelta, BlockEvent } from './block-event.js';

/** Accepted back, and never checked: thoughts are no secret of this server. */
const SIGNATURE = '';

/** Options of the blocks of an answer. */
export interface BlockOptions {
  form: AnswerForm;
  /** Leaves the text of thoughts out. */
  omitsThoughts: boolean;
}

/** Reads the text of an answer, piece by piece, as events of its blocks. White space alone is no block. */
export class BlockReader {
  private readonly reader: AnswerReader;
  private open: AnswerBlock['type'] | undefined;
  private blocks = 0;
  /** White space that may begin a block, and its type. */
  private space: { type: 'text' | 'reasoning'; text: string } = { type: 'text', text: '' };

  constructor(private readonly options: BlockOptions) {
    this.reader = new AnswerReader(options.form);
  }

  /** Calls that are complete. */
  get callCount(): number {
    return this.reader.callCount;
  }

  *push(text: string): Generator<BlockEvent, void> {
    for (const event of this.reader.push(text)) yield* this.read(event);
  }

  /** The events that are left when the answer ends. */
  *end(): Generator<BlockEvent, void> {
    for (const event of this.reader.end()) yield* this.read(event);
    yield* this.close();
  }

  private *read(event: AnswerEvent): Generator<BlockEvent, void> {
    switch (event.type) {
      case 'text':
      case 'reasoning':
        yield* this.add(event.type, event.text);
        break;
      case 'call':
        this.space.text = '';
        yield* this.begin({ type: 'tool_use', id: toolUseId(event.id), name: event.name, input: {} });
        break;
      case 'arguments':
        yield this.delta({ type: 'input_json_delta', partial_json: event.text });
        break;
      case 'call_end':
        yield* this.close();
    }
  }

  private *add(type: 'text' | 'reasoning', text: string): Generator<BlockEvent, void> {
    const block = emptyBlock(type);
    let added = text;
    if (this.open !== block.type) {
      this.space = { type, text: (this.space.type === type ? this.space.text : '') + text };
      if (this.space.text.trim() === '') return;
      added = this.space.text;
      yield* this.begin(block);
    }
    if (type === 'text') yield this.delta({ type: 'text_delta', text: added });
    else if (!this.options.omitsThoughts) yield this.delta({ type: 'thinking_delta', thinking: added });
  }

  private *begin(block: AnswerBlock): Generator<BlockEvent, void> {
    yield* this.close();
    this.open = block.type;
    this.space.text = '';
    yield { type: 'content_block_start', index: this.blocks, content_block: block };
  }

  private *close(): Generator<BlockEvent, void> {
    if (this.open === undefined) return;
    if (this.open === 'thinking') yield this.delta({ type: 'signature_delta', signature: SIGNATURE });
    this.open = undefined;
    yield { type: 'content_block_stop', index: this.blocks++ };
  }

  private delta(delta: BlockDelta): BlockEvent {
    return { type: 'content_block_delta', index: this.blocks, delta };
  }
}

function emptyBlock(type: 'text' | 'reasoning'): AnswerBlock {
  return type === 'text' ? { type, text: '' } : { type: 'thinking', thinking: '', signature: SIGNATURE };
}

function toolUseId(callId: string): string {
  return callId.replace(/^call_/, 'toolu_');
}
