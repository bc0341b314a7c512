import { parse } from 'secure-json-parse';

/** Parses a body; names that would change prototypes are refused. */
export function parseJson(text: string): unknown {
  return parse(text, { protoAction: 'error', constructorAction: 'error' });
}
