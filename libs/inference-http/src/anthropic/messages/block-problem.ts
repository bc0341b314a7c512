import { hasSafeIntegers } from '../../conversation/safe-integers.js';
import { MAX_CALLS, TOOL_LIMITS } from '../../sampling/conversation-limits.js';
import { isMissing, isObject } from '../request/values.js';

const MAX_ID_LENGTH = 256;

type Fields = Record<string, unknown>;

/** Blocks by type: the one role whose messages have them, if not all have, and what is wrong with one. */
const BLOCKS: Readonly<Record<string, { role?: string; problem: (block: Fields) => string | undefined }>> = {
  text: { problem: ({ text }) => (typeof text === 'string' ? undefined : 'must have a text') },
  tool_use: { role: 'assistant', problem: toolUseProblem },
  tool_result: { role: 'user', problem: toolResultProblem },
  thinking: {
    role: 'assistant',
    problem: ({ thinking }) => (typeof thinking === 'string' ? undefined : 'must have a text as thinking'),
  },
  redacted_thinking: { role: 'assistant', problem: () => undefined },
};

/**
 * What is wrong with the content of a message; `undefined` where nothing is. A message has no more calls and results than others of
 * this server.
 */
export function contentProblem(content: unknown, role: string): string | undefined {
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content)) return 'must be a text, or a list of blocks';
  let calls = 0;
  for (const [i, block] of (content as unknown[]).entries()) {
    const problem = blockProblem(block, role);
    if (problem !== undefined) return `[${i}] ${problem}`;
    if ((block as Fields).type !== 'text' && ++calls > MAX_CALLS) {
      return `must have at most ${MAX_CALLS} blocks that are no text`;
    }
  }
  return undefined;
}

/** What is wrong with a text, or a list of text blocks. */
export function textProblem(content: unknown): string | undefined {
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content)) return 'must be a text, or a list of text blocks';
  for (const [i, block] of (content as unknown[]).entries()) {
    if (!isObject(block)) return `[${i}] must be an object`;
    if (block.type !== 'text') return `[${i}] ${unsupported(block.type)}`;
    if (typeof block.text !== 'string') return `[${i}] must have a text`;
  }
  return undefined;
}

function blockProblem(block: unknown, role: string): string | undefined {
  if (!isObject(block)) return 'must be an object';
  const { type } = block;
  const kind = typeof type === 'string' && Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
  if (!kind) return unsupported(type);
  if (kind.role !== undefined && kind.role !== role) {
    return `of the type "${type as string}" belongs to messages of the role "${kind.role}"`;
  }
  return kind.problem(block);
}

function unsupported(type: unknown): string {
  return `of the type ${JSON.stringify(type)} is not supported: this server takes text, thoughts, and calls of tools with their results`;
}

function toolUseProblem({ id, name, input }: Fields): string | undefined {
  if (!isTextUpTo(id, MAX_ID_LENGTH)) return `must have an id of 1 to ${MAX_ID_LENGTH} characters`;
  if (!isTextUpTo(name, TOOL_LIMITS.name)) return `must have a name of 1 to ${TOOL_LIMITS.name} characters`;
  if (!isObject(input)) return 'must have an object as input';
  return hasSafeIntegers(input) ? undefined : 'must have no integers beyond 2^53 in its input';
}

function toolResultProblem({ tool_use_id: id, content, is_error: isError }: Fields): string | undefined {
  if (!isTextUpTo(id, MAX_ID_LENGTH)) return `must have a tool_use_id of 1 to ${MAX_ID_LENGTH} characters`;
  if (!isMissing(isError) && typeof isError !== 'boolean') return 'must have true or false as is_error';
  const problem = isMissing(content) ? undefined : textProblem(content);
  return problem === undefined ? undefined : `.content ${problem}`;
}

function isTextUpTo(value: unknown, length: number): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= length;
}
