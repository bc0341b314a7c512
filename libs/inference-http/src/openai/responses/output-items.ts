import { randomUUID } from 'node:crypto';
import type { AnswerEvent } from '@frontier/inference';
import type { NamespacedName } from './response-tools.js';
import type { ChatTokenLogprobs as TokenLogprob } from '../response/token-logprobs.js';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export interface OutputText {
  type: 'output_text';
  text: string;
  annotations: never[];
  logprobs?: TokenLogprob[];
}

export interface MessageItem {
  type: 'message';
  id: string;
  role: 'assistant';
  status: ItemStatus;
  content: OutputText[];
}

export interface ReasoningItem {
  type: 'reasoning';
  id: string;
  summary: { type: 'summary_text'; text: string }[];
}

export interface FunctionCallItem {
  type: 'function_call';
  id: string;
  call_id: string;
  name: string;
  /** Of a function that is in one. */
  namespace?: string;
  arguments: string;
  status: ItemStatus;
}

export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem;

/** An event of the stream, without its number. */
export interface ItemEvent {
  type: string;
  [field: string]: unknown;
}

export interface OutputOptions {
  withLogprobs: boolean;
  /** The functions of namespaces by the names that the model has for them; default: none. */
  namespaces?: ReadonlyMap<string, NamespacedName>;
}

/** Collects the items of a response from the parts of its answer, and tells the events of that: each item is opened, added to, and closed. */
export class OutputItems {
  readonly items: OutputItem[] = [];
  private isOpen = false;
  /** Of tokens whose text is held back. */
  private readonly logprobs: TokenLogprob[] = [];

  constructor(private readonly options: OutputOptions) {}

  /** Notes tokens that were read; they belong to the text that comes with them or next. Those of calls and thoughts have no place. */
  addLogprobs(logprobs: readonly TokenLogprob[]): void {
    if (this.options.withLogprobs) this.logprobs.push(...logprobs);
  }

  *add(event: AnswerEvent): Generator<ItemEvent> {
    const logprobs = this.logprobs.splice(0);
    switch (event.type) {
      case 'text':
        yield* this.addText(event.text, logprobs);
        break;
      case 'reasoning':
        yield* this.addReasoning(event.text);
        break;
      case 'call': {
        const { id: callId, name } = event;
        const named = this.options.namespaces?.get(name) ?? { name };
        yield* this.open({
          type: 'function_call',
          id: newId('fc'),
          call_id: callId,
          ...named,
          arguments: '',
          status: 'in_progress',
        });
        break;
      }
      case 'arguments': {
        const item = this.items.at(-1) as FunctionCallItem;
        item.arguments += event.text;
        yield { type: 'response.function_call_arguments.delta', ...this.place, delta: event.text };
        break;
      }
      case 'call_end':
        yield* this.close('completed');
    }
  }

  /**
   * Closes what is open at the end of the answer; a call that was cut stays, as incomplete.
   * @param isCut true if a limit ended the answer
   */
  *end(isCut: boolean): Generator<ItemEvent> {
    if (this.items.length === 0) yield* this.addText('', []);
    yield* this.close(isCut ? 'incomplete' : 'completed');
  }

  private *addText(text: string, logprobs: TokenLogprob[]): Generator<ItemEvent> {
    if (!this.isOpenAs('message')) {
      yield* this.open({ type: 'message', id: newId('msg'), role: 'assistant', status: 'in_progress', content: [] });
      const part: OutputText = {
        type: 'output_text',
        text: '',
        annotations: [],
        ...(this.options.withLogprobs && { logprobs: [] }),
      };
      (this.items.at(-1) as MessageItem).content.push(part);
      yield { type: 'response.content_part.added', ...this.place, content_index: 0, part: structuredClone(part) };
    }
    const [part] = (this.items.at(-1) as MessageItem).content;
    part.text += text;
    part.logprobs?.push(...logprobs);
    if (text === '' && logprobs.length === 0) return;
    yield { type: 'response.output_text.delta', ...this.place, content_index: 0, delta: text, logprobs };
  }

  private *addReasoning(text: string): Generator<ItemEvent> {
    if (!this.isOpenAs('reasoning')) {
      yield* this.open({ type: 'reasoning', id: newId('rs'), summary: [] });
      (this.items.at(-1) as ReasoningItem).summary.push({ type: 'summary_text', text: '' });
      const part = { type: 'summary_text', text: '' };
      yield { type: 'response.reasoning_summary_part.added', ...this.place, summary_index: 0, part };
    }
    (this.items.at(-1) as ReasoningItem).summary[0].text += text;
    yield { type: 'response.reasoning_summary_text.delta', ...this.place, summary_index: 0, delta: text };
  }

  private *open(item: OutputItem): Generator<ItemEvent> {
    yield* this.close('completed');
    this.items.push(item);
    this.isOpen = true;
    yield { type: 'response.output_item.added', output_index: this.items.length - 1, item: structuredClone(item) };
  }

  private *close(status: 'completed' | 'incomplete'): Generator<ItemEvent> {
    const item = this.items.at(-1);
    if (!item || !this.isOpen) return;
    this.isOpen = false;
    const { place } = this;
    if (item.type === 'message') {
      const [part] = item.content;
      const { text, logprobs = [] } = part;
      yield { type: 'response.output_text.done', ...place, content_index: 0, text, logprobs };
      yield { type: 'response.content_part.done', ...place, content_index: 0, part: structuredClone(part) };
      item.status = status;
    } else if (item.type === 'reasoning') {
      const [part] = item.summary;
      yield { type: 'response.reasoning_summary_text.done', ...place, summary_index: 0, text: part.text };
      yield { type: 'response.reasoning_summary_part.done', ...place, summary_index: 0, part: { ...part } };
    } else {
      const { name, arguments: given } = item;
      yield { type: 'response.function_call_arguments.done', ...place, name, arguments: given };
      item.status = status;
    }
    yield { type: 'response.output_item.done', output_index: place.output_index, item: structuredClone(item) };
  }

  private get place(): { item_id: string; output_index: number } {
    return { item_id: this.items.at(-1)!.id, output_index: this.items.length - 1 };
  }

  private isOpenAs(type: OutputItem['type']): boolean {
    return this.isOpen && this.items.at(-1)!.type === type;
  }
}

export function newId(kind: 'resp' | 'msg' | 'rs' | 'fc'): string {
  return `${kind}_${randomUUID().replaceAll('-', '')}`;
}
