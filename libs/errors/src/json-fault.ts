import { messageOf } from './app-error.js';

/** The reason why a text is not JSON, without the parts of the text that V8 quotes in its message. */
export function jsonFault(error: unknown): string {
  const message = messageOf(error);
  return message.includes('"') || message.startsWith('Unexpected token') ? 'it has an unexpected character' : message;
}
