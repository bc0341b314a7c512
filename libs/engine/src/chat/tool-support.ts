import { TOOL_FORMATS, type ToolFormat, type ToolFormatName } from '../tools/tool-format.js';
import type { ChatMessage } from './chat-message.js';

const TOOL = { name: 'declared_tool', description: 'Probes.', parameters: { type: 'object', properties: {} } };
/** Another name than that of the tool: templates write tools in a form that may be taken for a call's. */
const CALLED = 'called_tool';
const CALL_ID = 'probe0001';

/** A conversation with a tool, and a call of it with its result: a template that knows tools writes all of them. */
export const TOOL_PROBE: { messages: ChatMessage[]; tools: (typeof TOOL)[] } = {
  messages: [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: '', toolCalls: [{ id: CALL_ID, name: CALLED, arguments: { probed: 1 } }] },
    { role: 'tool', content: 'probed result', toolCallId: CALL_ID, name: CALLED },
  ],
  tools: [TOOL],
};

/**
 * The format in which a template writes calls; `undefined` where it leaves out the tool, the call or the result, or writes the call in a form
 * that is not known.
 * @param text what the template makes of {@link TOOL_PROBE}
 */
export function toolFormatOf(text: string): ToolFormatName | undefined {
  if (!text.includes('probed result') || !text.includes(TOOL.description)) return undefined;
  for (const [name, format] of Object.entries(TOOL_FORMATS) as [ToolFormatName, ToolFormat][]) {
    const written = `${format.trigger}${format.open}"${CALLED}"${format.between}{"probed": 1}`;
    if (text.replaceAll(/\s/g, '').includes(written.replaceAll(/\s/g, ''))) return name;
  }
  return undefined;
}
