import { TOOL_FORMATS } from '../tools/tool-format.js';
import type { ToolDefinition } from '../tools/tool-definition.js';
import type { ChatMessage } from './chat-message.js';
import { templateTool } from './template-variables.js';

const { trigger, open, between, close } = TOOL_FORMATS.hermes;

/**
 * A conversation with tools for a template that knows none: the tools in the system's turn, calls in the assistant's text, and their results in
 * the user's, as the format of Hermes has them.
 * @param takesSystem false where the template has no system's turn: the tools are in the first one then
 */
export function withGenericTools(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
  takesSystem: boolean,
): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const message of messages) {
    const turn = plainTurn(message);
    const last = turns.at(-1);
    // Results of several calls, and what the user says to them, are one turn: many templates want roles to alternate.
    if (last && last.role === 'user' && turn.role === 'user') last.content += `\n${turn.content}`;
    else turns.push(turn);
  }
  if (tools.length === 0) return turns;
  const [first] = turns;
  const instructions = toolInstructions(tools);
  if (first && !takesSystem) return [{ ...first, content: `${instructions}\n\n${first.content}` }, ...turns.slice(1)];
  if (first?.role !== 'system') return [{ role: 'system', content: instructions }, ...turns];
  return [{ ...first, content: `${first.content}\n\n${instructions}` }, ...turns.slice(1)];
}

function plainTurn({ role, content, name, toolCalls = [] }: ChatMessage): ChatMessage {
  if (role === 'tool') return { role: 'user', content: `<tool_response>\n${content}\n</tool_response>` };
  const calls = toolCalls.map(
    (call) => `${trigger}${open}${JSON.stringify(call.name)}${between}${JSON.stringify(call.arguments)}${close}`,
  );
  const text = [...(content === '' ? [] : [content]), ...calls].join('\n');
  return { role, content: text, ...(name !== undefined && { name }) };
}

function toolInstructions(tools: readonly ToolDefinition[]): string {
  return [
    'You can call these functions:',
    ...tools.map((tool) => JSON.stringify(templateTool(tool).function)),
    'To call one, write its name and its arguments as JSON between these marks, and nothing else:',
    `${trigger}${open}"name of the function"${between}{"name of an argument": "its value"}${close}`,
    'If no function helps, answer in words.',
  ].join('\n');
}
