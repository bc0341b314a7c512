/**
 * The text process of a model: tokenizes, detokenizes and writes conversations, one task after the other, so that neither
 * the passes of the engine nor the server's event loop wait for text. It may be killed at any time.
 */
import { getPriority, setPriority } from 'node:os';
import { asRequestError } from '../errors/engine.errors.js';
import { loadTextModel, type TextModel } from '../load/load-text-model.js';
import type { Vocabulary } from '../text/vocabulary.js';
import type { TextCommand, TextEvent, TextProcessOptions, TextResult, TextTask, TokenPiece } from './text-protocol.js';

let model: TextModel | undefined;

process.on('message', (command: TextCommand) => {
  if (command.type === 'load') void load(command.options);
  else run(command.task);
});
process.on('disconnect', () => process.exit());

function send(event: TextEvent): void {
  if (process.connected) process.send!(event);
}

async function load({ path, dtype, plugin, niceness }: TextProcessOptions): Promise<void> {
  try {
    lowerPriority(niceness);
    model = await loadTextModel(path, plugin, dtype);
    const { tokenizer, chat, warnings, promptHook } = model;
    const maxUnitsPerToken = promptHook ? Infinity : tokenizer.maxUnitsPerToken;
    send({ type: 'loaded', info: { maxUnitsPerToken, chatNeedsSpecialTokens: chat.needsSpecialTokens, warnings } });
  } catch (error) {
    send({ type: 'load_failed', error: asRequestError(error).serialize() });
  }
}

/** Lowers the priority as far as the system allows it; a refusal is no reason not to serve. */
function lowerPriority(niceness: number): void {
  if (niceness === 0) return;
  try {
    setPriority(Math.min(19, getPriority() + niceness));
  } catch {
    // It works on with the priority that it has.
  }
}

function run(task: TextTask): void {
  try {
    if (!model) throw new Error('Bug: a text came before the tokenizer was loaded.');
    send({ type: 'done', result: resultOf(task, model) });
  } catch (error) {
    const failure = asRequestError(error);
    if (failure.code === 'plugin_failed') process.stdout.write(`${failure.message}\n`);
    send({ type: 'failed', error: failure.serialize() });
  }
}

function resultOf(task: TextTask, { tokenizer, chat, promptHook }: TextModel): TextResult {
  switch (task.type) {
    case 'encode':
      return tokenizer.encode(promptHook ? promptHook(task.text, task) : task.text, task.addSpecialTokens);
    case 'encodeTexts':
      return task.texts.map((text) => tokenizer.encodeInput(text, task.options));
    case 'decode':
      return tokenizer.decode(task.tokens);
    case 'pieces':
      return Array.from(task.tokens, (token) => pieceOf(token, tokenizer.vocabulary));
    case 'chat':
      return chat.render(task.messages, task.options);
  }
}

function pieceOf(token: number, { bytesOf, specialTextOf }: Vocabulary): TokenPiece {
  const special = specialTextOf(token);
  return { text: special ?? Buffer.from(bytesOf(token) ?? []).toString(), isSpecial: special !== undefined };
}
