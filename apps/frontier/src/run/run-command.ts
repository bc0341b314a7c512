import { existsSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { interruptible } from '../cli/interruptible.js';
import { numberOption, wholeOption } from '../cli/option-values.js';
import type { Terminal } from '../terminal/terminal.js';
import { oneLine, printable } from '../text/printable.js';
import { Chat } from './chat.js';
import { schemaFormat } from './chat-commands.js';
import { ChatSession } from './chat-session.js';
import { type ChatTarget, chatTarget } from './chat-target.js';

/** Options of `frontier run`. */
export interface RunOptions {
  system?: string;
  temperature?: string;
  maxTokens?: string;
  seed?: string;
  schema?: string;
  model?: string;
  prompt?: string;
}

/** Advice after Ctrl-C. */
const AGAIN = 'the same command';

/** The word for the standard input, beside a text. */
const STDIN = '-';

/** `frontier run`: a chat in a terminal; with a text, given or piped, one answer. */
export async function runCommand(
  context: Context<RunOptions>,
  first: string | undefined,
  more: string[],
): Promise<void> {
  const { options, terminal } = context;
  const words = first === undefined ? [] : [first, ...more];
  const { model, text } = modelAndText(
    words.filter((word) => word !== STDIN),
    options,
  );
  const settings = settingsOf(options);
  // With a text, a standard input that stays open is not waited for.
  const isPiped = words.includes(STDIN) || (text === '' && process.stdin.isTTY !== true);
  const piped = isPiped ? await readAll(process.stdin) : '';
  const prompt = [text, piped.trim()].filter((part) => part !== '').join('\n\n');
  const isChat = prompt === '' && process.stdin.isTTY === true && terminal.stdout.isTTY === true && !terminal.isJson;
  if (prompt === '' && !isChat) throw withoutText();
  const start = (signal: AbortSignal): Promise<ChatTarget> => chatTarget(context, model, signal);
  const withChat = async (target: ChatTarget, use: (chat: Chat) => Promise<void>): Promise<void> => {
    const chat = new Chat(target.client, target.model.name);
    Object.assign(chat.settings, settings);
    if (options.system !== undefined) chat.system = options.system;
    await use(chat).finally(() => target.close());
  };
  if (isChat) {
    const target = await interruptible(AGAIN, start);
    await withChat(target, (chat) => converse(chat, target, terminal, options.verbose === true));
  } else {
    await interruptible(AGAIN, async (signal) => {
      await withChat(await start(signal), (chat) => answerOnce(chat, prompt, terminal, signal));
    });
  }
}

async function converse(
  chat: Chat,
  { client, model }: ChatTarget,
  terminal: Terminal,
  isVerbose: boolean,
): Promise<void> {
  const title = `${oneLine(model.name)} at ${client.url} · /? help · Ctrl-D ends`;
  const session = new ChatSession(chat, terminal, isVerbose);
  terminal.note(terminal.styled('dim', title, terminal.stderr));
  await session.run();
}

async function answerOnce(chat: Chat, prompt: string, terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (terminal.isJson) return terminal.printJson(await chat.complete(prompt, signal));
  const isShown = terminal.stdout.isTTY === true;
  const { text } = await chat.send(
    prompt,
    (piece) => terminal.stdout.write(isShown ? printable(piece) : piece),
    signal,
  );
  signal.throwIfAborted();
  if (!text.endsWith('\n')) terminal.stdout.write('\n');
}

/** Takes the first word for a model if it can be one; the other words, and with `-m` all words, are the text. */
function modelAndText(words: readonly string[], { model, prompt }: RunOptions): { model?: string; text: string } {
  const [first, ...rest] = words;
  if (model !== undefined) return { model, text: [...words, ...(prompt === undefined ? [] : [prompt])].join(' ') };
  if (prompt !== undefined) return { ...(first !== undefined && { model: first }), text: [...rest, prompt].join(' ') };
  // A sentence is no model.
  if (first !== undefined && /\s/.test(first) && !existsSync(first)) return { text: words.join(' ') };
  return { ...(first !== undefined && { model: first }), text: rest.join(' ') };
}

function settingsOf(options: RunOptions): Record<string, unknown> {
  const temperature = numberOption('--temperature', options.temperature, [0, 2]);
  const maxTokens = wholeOption('--max-tokens', options.maxTokens, [1, 2 ** 31]);
  const seed = wholeOption('--seed', options.seed, [0, 2 ** 31]);
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(seed !== undefined && { seed }),
    ...(options.schema !== undefined && { response_format: schemaFormat(options.schema) }),
  };
}

function withoutText(): CommandError {
  return new CommandError('there is no text to answer, and no terminal to chat in.', {
    code: 'usage',
    exitCode: EXIT.usage,
    hints: [
      ['A text', 'frontier run storyteller "Once upon a time"'],
      ['A pipe', 'echo "Once upon a time" | frontier run storyteller'],
    ],
  });
}
