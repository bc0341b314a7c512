import type { Automaton } from '../regex/automaton.js';
import { PatternBudget } from '../regex/pattern-budget.js';
import { patternAutomaton } from '../regex/pattern-automaton.js';
import { TextSet } from './text-set.js';

const YEAR = '(?:[1-9]\\d{3}|0[1-9]\\d\\d|00[1-9]\\d|000[1-9])';
const FOURTHS = '(?:0[48]|[2468][048]|[13579][26])';
const LEAP_YEAR = `(?:(?:[1-9]\\d|0[1-9])${FOURTHS}|00${FOURTHS}|${FOURTHS}00)`;
const DATE = `(?:${YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))|${LEAP_YEAR}-02-29)`;
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const COUNT = '\\d{1,9}';
const DAYS = `(?:${COUNT}D|${COUNT}M(?:${COUNT}D)?|${COUNT}Y(?:${COUNT}M(?:${COUNT}D)?)?)`;
const SECONDS = `T(?:${COUNT}H(?:${COUNT}M(?:${COUNT}S)?)?|${COUNT}M(?:${COUNT}S)?|${COUNT}S)`;

const LABEL = '[A-Za-z0-9](?:-?[A-Za-z0-9]){0,31}';
const HOST = `${LABEL}(?:\\.${LABEL})*`;
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]";
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `(?:${BYTE}\\.){3}${BYTE}`;
const GROUP = '[0-9A-Fa-f]{1,4}';
/** So many groups before the double colon, and up to the rest of them behind it. */
const SHORT_IPV6 = Array.from({ length: 8 }, (_, before) => {
  const left = before === 0 ? '' : `${GROUP}(?::${GROUP}){${before - 1}}`;
  const most = 7 - before - 1;
  return `${left}::${most < 0 ? '' : `(?:${GROUP}(?::${GROUP}){0,${most}})?`}`;
}).join('|');

const HEX = '%[0-9A-Fa-f]{2}';
const SEGMENT = `(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|${HEX})`;
const FIRST_SEGMENT = `(?:[A-Za-z0-9._~!$&'()*+,;=@-]|${HEX})`;
const TAIL = `(?:\\?(?:${SEGMENT}|[/?])*)?(?:#(?:${SEGMENT}|[/?])*)?`;
const AUTHORITY = `//(?:${HOST}(?::\\d{1,5})?)?`;
const URI = `[A-Za-z][A-Za-z0-9+.-]*:(?:${AUTHORITY}(?:/${SEGMENT}*)*|/?${SEGMENT}+(?:/${SEGMENT}*)*)${TAIL}`;
const URI_REFERENCE = `(?:${URI}|(?:/?${FIRST_SEGMENT}+(?:/${SEGMENT}*)*|/)?${TAIL})`;
const POINTER = '(?:/(?:[^~/]|~[01])*)*';

/** A format as a regular expression, and the length that it bounds. */
interface Format {
  pattern: string;
  maxLength?: number;
}

const HOSTNAME: Format = { pattern: HOST, maxLength: 253 };
const EMAIL: Format = { pattern: `${ATOM}(?:\\.?${ATOM}){0,31}@${LABEL}(?:\\.${LABEL})+`, maxLength: 254 };

/**
 * Formats of JSON Schema (2020-12, section 7.3) and `byte` and `url` of others: no text that is matched is wrong, but for most
 * there are further ones, such as addresses in other alphabets.
 */
const FORMATS = new Map<string, Format>(
  Object.entries({
    date: { pattern: DATE },
    time: { pattern: TIME },
    'date-time': { pattern: `${DATE}T${TIME}` },
    duration: { pattern: `P(?:${DAYS}(?:${SECONDS})?|${SECONDS}|${COUNT}W)` },
    email: EMAIL,
    'idn-email': EMAIL,
    hostname: HOSTNAME,
    'idn-hostname': HOSTNAME,
    ipv4: { pattern: IPV4 },
    ipv6: { pattern: `(?:${GROUP}:){7}${GROUP}|${SHORT_IPV6}` },
    uuid: { pattern: '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}' },
    uri: { pattern: URI },
    iri: { pattern: URI },
    'uri-reference': { pattern: URI_REFERENCE },
    'iri-reference': { pattern: URI_REFERENCE },
    'uri-template': { pattern: `(?:[A-Za-z0-9._~:/?#@!$&()*+,;=-]|${HEX}|\\{[A-Za-z0-9_]+\\})*` },
    url: { pattern: `https?://(?:[a-z0-9]+\\.)+[a-z]{2,20}(?:(?:/${SEGMENT}*)+${TAIL})?` },
    'json-pointer': { pattern: POINTER },
    'relative-json-pointer': { pattern: `(?:0|[1-9]\\d{0,8})(?:#|${POINTER})` },
    regex: { pattern: '\\^?(?:(?:[A-Za-z0-9 _,:;=@#%&-]|\\.|\\\\[dwsDWS.])[*+?]?)*\\$?' },
    byte: { pattern: '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?' },
  }),
);

const compiled = new Map<string, TextSet>();

/** True if texts are kept to a format; others are annotations. */
export function isKnownFormat(name: string): boolean {
  return FORMATS.has(name);
}

/** The characters that a format allows at most. */
export function maxLengthOf(name: string): number {
  return FORMATS.get(name)?.maxLength ?? Infinity;
}

/** The texts of a format; made when they are first asked for. */
export function formatTexts(name: string): TextSet {
  let texts = compiled.get(name);
  if (!texts) {
    const budget = new PatternBudget();
    const automaton = patternAutomaton(`^(?:${FORMATS.get(name)!.pattern})$`, budget);
    texts = new TextSet(automaton, { min: 0, max: maxLengthOf(name) }, budget);
    compiled.set(name, texts);
  }
  return texts;
}

export function formatAutomaton(name: string): Automaton {
  return formatTexts(name).automaton;
}

/** Makes the texts of all formats. */
export function compileFormats(): void {
  for (const name of FORMATS.keys()) formatTexts(name);
}
