import { readFileSync, writeFileSync } from 'node:fs';
import { CommandError } from '../cli/command-error.js';
import { EXIT } from '../cli/exit-codes.js';
import type { Chat } from './chat.js';

/** The next action of the chat after a `/` command. */
export type ChatAction = { type: 'say'; text: string } | { type: 'send'; text: string } | { type: 'end' };

interface ChatCommand {
  usage: string;
  description: string;
  run(chat: Chat, rest: string): ChatAction;
}

const say = (text: string): ChatAction => ({ type: 'say', text });

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  model: {
    usage: '/model <name>',
    description: 'talk to another model of this server',
    run: (chat, rest) => {
      if (rest !== '') chat.model = rest;
      return say(`The model is ${chat.model}.`);
    },
  },
  system: {
    usage: '/system <text>',
    description: 'how the model should be; without a text: as it is',
    run: (chat, rest) => {
      chat.system = rest;
      return say(rest === '' ? 'There is no system message.' : 'From the next message on.');
    },
  },
  set: {
    usage: '/set <key> <value>',
    description: 'a parameter of the API: temperature 0.7, max_tokens 256, seed 1, stop "x"',
    run: (chat, rest) => {
      const [, key, value] = /^(\w+)\s+(.+)$/s.exec(rest) ?? [];
      if (key === undefined) return say(JSON.stringify(chat.settings));
      chat.settings[key] = parsed(value);
      return say(`${key} is ${value}.`);
    },
  },
  schema: {
    usage: '/schema <file>',
    description: 'answers follow this JSON schema; without a file: they are free',
    run: (chat, rest) => {
      if (rest === '') delete chat.settings.response_format;
      else chat.settings.response_format = schemaFormat(rest);
      return say(rest === '' ? 'Answers are free.' : `Answers follow ${rest}.`);
    },
  },
  probs: {
    usage: '/probs',
    description: 'how likely each token was, or no more',
    run: (chat) => {
      if (chat.settings.logprobs) delete chat.settings.logprobs;
      else chat.settings.logprobs = true;
      return say(chat.settings.logprobs ? 'Probabilities come after each answer.' : 'No probabilities.');
    },
  },
  retry: {
    usage: '/retry',
    description: 'the last message again',
    run: (chat) => {
      const text = chat.retract();
      return text === undefined ? say('There is no message yet.') : { type: 'send', text };
    },
  },
  clear: {
    usage: '/clear',
    description: 'begin anew',
    run: (chat) => {
      chat.clear();
      return say('The chat is empty.');
    },
  },
  save: {
    usage: '/save <file>',
    description: 'write the chat as JSON, for the API',
    run: ({ model, messages }, rest) => {
      if (rest === '') return say('Name a file: /save chat.json');
      writeFileSync(rest, `${JSON.stringify({ model, messages }, undefined, 2)}\n`, { flag: 'wx' });
      return say(`Saved in ${rest}.`);
    },
  },
  bye: { usage: '/bye', description: 'end, as Ctrl-D does', run: () => ({ type: 'end' }) },
};

const HELP = [
  ...Object.values(COMMANDS).map(({ usage, description }) => `${usage.padEnd(20)}${description}`),
  `${'"""'.padEnd(20)}begins and ends a message of several lines; a paste is one message`,
  `${'Ctrl-C'.padEnd(20)}stops the answer, and keeps the chat`,
].join('\n');

/** Runs a line that begins with `/`. @throws where its file cannot be read or written */
export function runChatCommand(chat: Chat, line: string): ChatAction {
  const [, name, rest] = /^\/(\S*)\s*(.*)$/s.exec(line.trim())!;
  if (name === '?' || name === 'help') return say(HELP);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command ? command.run(chat, rest) : say(`There is no command /${name}. All of them: /?`);
}

/** A JSON schema of a file, as the API takes it. @throws where it is none */
export function schemaFormat(file: string): object {
  try {
    const schema = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    return { type: 'json_schema', json_schema: { name: 'answer', schema } };
  } catch (cause) {
    throw new CommandError(`${file} is no JSON schema: ${(cause as Error).message}.`, {
      code: 'schema_invalid',
      exitCode: EXIT.usage,
      hints: [['Such as', '{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}']],
      cause,
    });
  }
}

/** A number, a list or a word, as it is written. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
