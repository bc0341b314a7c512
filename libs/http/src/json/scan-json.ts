import { invalidRequest } from '../errors/http.errors.js';
import type { BodyLimits } from './body-limits.js';

/** Properties of a JSON text that are known without parsing it. */
interface JsonOutline {
  values: number;
  /** A text may have half a surrogate pair: in UTF-8 it can only come as an escape. */
  hasSurrogateEscapes: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** `[`, `]`, `{` and `}` differ from each other in this bit alone, two by two. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Counts what a JSON text holds, in one pass over its bytes, and stops at the first bound that it exceeds: 2 MiB take about
 * 5 ms, while parsing them may take a quarter of a second. Text that is not JSON passes, and fails to parse.
 * @throws `invalid_request`
 */
export function scanJson(bytes: Uint8Array, limits: BodyLimits): JsonOutline {
  let depth = 0;
  let values = 1;
  let keys = 0;
  let hasSurrogateEscapes = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) {
        if (bytes[i] !== BACKSLASH) continue;
        i++;
        hasSurrogateEscapes ||= isSurrogateEscape(bytes, i);
      }
    } else if (byte === COMMA) values++;
    else if (byte === COLON) keys++;
    else if ((byte | BRACE_BIT) === OPEN) {
      values++;
      if (++depth > limits.depth) refuse(`the body is nested deeper than ${limits.depth}`);
    } else if ((byte | BRACE_BIT) === CLOSE) depth--;
    if (values > limits.values) refuse(`the body has more than ${limits.values} values`);
    if (keys > limits.keys) refuse(`the body has more than ${limits.keys} keys`);
  }
  return { values, hasSurrogateEscapes };
}

/** `uD8..` to `uDF..`, in either case. */
function isSurrogateEscape(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x75 && (bytes[at + 1] | 0x20) === 0x64 && bytes[at + 2] >= 0x38;
}

function refuse(detail: string): never {
  throw invalidRequest([{ pointer: '', detail }]);
}
