import type { ChatMessage } from '@frontier/inference';
import { toInferenceCall } from '../chat/message-calls.js';
import type { InputItem, TextPart } from './response-fields.js';
import { fullName } from './response-tools.js';

type OwnItem = Exclude<InputItem, { type: 'item_reference' }>;

/**
 * A conversation of items as messages: what the assistant thinks, says and calls without anything between is one turn.
 * @param instructions the text of a system message before all
 * @param resolve finds an item of an earlier response; throws where there is none
 */
export function toMessages(
  input: string | readonly InputItem[],
  instructions: string | undefined,
  resolve: (id: string) => InputItem,
): ChatMessage[] {
  const turns: ChatMessage[] = instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  for (const item of items)
    add(turns, item.type === 'item_reference' ? (resolve(item.id) as OwnItem) : (item as OwnItem));
  return turns;
}

function add(turns: ChatMessage[], item: OwnItem): void {
  switch (item.type) {
    case 'function_call': {
      const { call_id: id, arguments: given } = item;
      const name = fullName(item);
      const turn = assistantTurn(turns);
      turn.toolCalls = [
        ...(turn.toolCalls ?? []),
        toInferenceCall({ id, type: 'function', function: { name, arguments: given } }),
      ];
      break;
    }
    case 'function_call_output':
      turns.push({ role: 'tool', content: textOf(item.output), toolCallId: item.call_id });
      break;
    case 'reasoning': {
      const text = textOf(item.content ?? []) || textOf(item.summary ?? []);
      if (text !== '') turns.push({ role: 'assistant', content: '', reasoning: text });
      break;
    }
    default: {
      const content = textOf(item.content);
      const last = turns.at(-1);
      // Behind its thoughts comes what they were for.
      if (item.role === 'assistant' && last?.role === 'assistant' && last.content === '' && !last.toolCalls)
        last.content = content;
      else turns.push({ role: item.role === 'developer' ? 'system' : item.role, content });
    }
  }
}

function assistantTurn(turns: ChatMessage[]): ChatMessage {
  const last = turns.at(-1);
  if (last?.role === 'assistant') return last;
  const turn = { role: 'assistant', content: '' };
  turns.push(turn);
  return turn;
}

function textOf(content: string | readonly TextPart[]): string {
  return typeof content === 'string' ? content : content.map(({ text, refusal }) => text ?? refusal ?? '').join('');
}
