import { tokenize } from '@huggingface/jinja';
import { TemplateNotSupported } from '../python/chat-template.errors.js';
import { partsOf, type TemplatePart } from './template-source.js';

/** A token of the library's lexer. */
export interface TemplateToken {
  type: string;
  value: string;
  /** The brackets around it, by number: the parser drops them, and `(a < b) < c` is not `a < b < c`. */
  group?: number;
}

/** Names in which the tokens are rewritten; templates may not begin a name with two underscores. */
export const TEST = '__is_';
export const NEGATED_TEST = '__is_not_';
export const FILTERED = '__filtered';
export const GENERATION = '__generation';

const token = (type: string, value: string): TemplateToken => ({ type, value });
const OPEN: ReadonlySet<string> = new Set(['OpenParen', 'OpenSquareBracket', 'OpenCurlyBracket']);
const CLOSE: ReadonlySet<string> = new Set(['CloseParen', 'CloseSquareBracket', 'CloseCurlyBracket']);
const WORDS = ['and', 'else', 'if', 'in', 'is', 'not', 'or'];

/** The template's tokens, rewritten so that the library's parser reads them as Jinja's would. */
export function tokensOf(template: string): TemplateToken[] {
  const tokens = [...partsOf(template)].flatMap(tokensOfPart);
  let group = 0;
  const open = [0];
  for (const each of tokens) {
    if (CLOSE.has(each.type)) open.pop();
    each.group = open.at(-1);
    if (OPEN.has(each.type)) open.push(++group);
  }
  return tokens;
}

function tokensOfPart({ kind, content }: TemplatePart): TemplateToken[] {
  if (kind === 'text') return [token('Text', content)];
  const statement = content.trim();
  if (kind === 'statement' && (statement === 'generation' || statement === 'endgeneration')) {
    return tokenize(statement === 'generation' ? `{% call ${GENERATION}() %}` : '{% endcall %}') as TemplateToken[];
  }
  const raw = tokenize(kind === 'print' ? `{{ ${content} }}` : `{% ${content} %}`) as TemplateToken[];
  refuseLexemes(raw, content);
  const name = kind === 'statement' ? raw[1]?.value : undefined;
  let tokens = withOneNotIn(withTestsAsFilters(raw));
  if (name === 'for') tokens = withLoopFilter(tokens);
  if ((name === 'if' || name === 'elif') && wordAt(tokens, 'if', 2) >= 0) {
    throw new TemplateNotSupported('a conditional expression without parentheses in `if`');
  }
  refuseMissingCommas(tokens);
  return tokens;
}

function refuseLexemes(tokens: readonly TemplateToken[], content: string): void {
  if (/\\u[dD][89a-fA-F]/.test(content)) throw new TemplateNotSupported('an escaped surrogate in a string');
  for (const [index, { type, value }] of tokens.entries()) {
    if (type === 'Identifier' && value.startsWith('__')) throw new TemplateNotSupported(`name \`${value}\``);
    if (type !== 'NumericLiteral') continue;
    const next = tokens[index + 1];
    const isOdd = /^[-+]?0\d/.test(value) || (next?.type === 'Identifier' && !WORDS.includes(next.value));
    if (isOdd || (!value.includes('.') && !Number.isSafeInteger(Number(value)))) {
      throw new TemplateNotSupported(`number \`${value}${next?.type === 'Identifier' ? next.value : ''}\``);
    }
  }
}

/** A word of the language rather than an attribute. */
function isWord(tokens: readonly TemplateToken[], index: number, word: string): boolean {
  const { type, value } = tokens[index] ?? {};
  return type === 'Identifier' && value === word && tokens[index - 1]?.type !== 'Dot';
}

/**
 * Writes `x is not t(y)` as `x | __is_not_t(y)`: filters and tests bind alike and chain in Jinja, and the parser knows neither a
 * test's arguments nor what comes after a test.
 */
function withTestsAsFilters(tokens: readonly TemplateToken[]): TemplateToken[] {
  const result: TemplateToken[] = [];
  let at = 0;
  while (at < tokens.length) {
    if (!isWord(tokens, at, 'is') || at < 2) {
      result.push(tokens[at++]!);
      continue;
    }
    const isNegated = isWord(tokens, at + 1, 'not');
    at += isNegated ? 2 : 1;
    const name = tokens[at++];
    if (name?.type !== 'Identifier') throw new TemplateNotSupported('a test without a name');
    result.push(token('Pipe', '|'), token('Identifier', (isNegated ? NEGATED_TEST : TEST) + name.value));
    if (!isBareArgument(tokens, at)) continue;
    const end = endOfOperand(tokens, at);
    result.push(token('OpenParen', '('), ...withTestsAsFilters(tokens.slice(at, end)), token('CloseParen', ')'));
    at = end;
  }
  return result;
}

function isBareArgument(tokens: readonly TemplateToken[], at: number): boolean {
  const { type = '', value = '' } = tokens[at] ?? {};
  if (type !== 'Identifier')
    return ['StringLiteral', 'NumericLiteral', 'OpenSquareBracket', 'OpenCurlyBracket'].includes(type);
  if (value === 'is') throw new TemplateNotSupported('a test right after another one');
  return !['and', 'else', 'or'].includes(value);
}

/** The end of one operand with its attributes, items and calls. */
function endOfOperand(tokens: readonly TemplateToken[], start: number): number {
  let at = OPEN.has(tokens[start]!.type) ? afterBracket(tokens, start) : start + 1;
  while (tokens[start]!.type === 'StringLiteral' && tokens[at]?.type === 'StringLiteral') at++;
  for (;;) {
    const { type } = tokens[at] ?? {};
    if (type === 'Dot') at += 2;
    else if (type === 'OpenSquareBracket' || type === 'OpenParen') at = afterBracket(tokens, at);
    else return at;
  }
}

function afterBracket(tokens: readonly TemplateToken[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    if (OPEN.has(tokens[at]!.type)) depth++;
    if (CLOSE.has(tokens[at]!.type) && --depth === 0) return at + 1;
  }
  throw new TemplateNotSupported('a bracket without an end');
}

/** One token for `not in`, for the parser puts another in their place, whose brackets are not known. */
function withOneNotIn(tokens: readonly TemplateToken[]): TemplateToken[] {
  return tokens.flatMap((each, at) => {
    if (isWord(tokens, at, 'not') && isWord(tokens, at + 1, 'in')) return [token('ComparisonBinaryOperator', 'not in')];
    return isWord(tokens, at, 'in') && isWord(tokens, at - 1, 'not') ? [] : [each];
  });
}

/** Writes `for x in y if z` as `for x in __filtered(y, z)`: the parser does not tell it from `for x in (y if z)`. */
function withLoopFilter(tokens: readonly TemplateToken[]): TemplateToken[] {
  const end = tokens.length - 1;
  if (isWord(tokens, end - 1, 'recursive') && !isWord(tokens, end - 2, 'in')) {
    throw new TemplateNotSupported('loops that are `recursive`');
  }
  const source = wordAt(tokens, 'in', 2) + 1;
  const condition = wordAt(tokens, 'if', source);
  if (source === 0 || condition < 0) return [...tokens];
  return [
    ...tokens.slice(0, source),
    token('Identifier', FILTERED),
    token('OpenParen', '('),
    ...tokens.slice(source, condition),
    token('Comma', ','),
    ...tokens.slice(condition + 1, end),
    token('CloseParen', ')'),
    tokens[end]!,
  ];
}

/** The index of the word outside of brackets, from `start` on; -1 where there is none. */
function wordAt(tokens: readonly TemplateToken[], word: string, start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    if (OPEN.has(tokens[at]!.type)) depth++;
    else if (CLOSE.has(tokens[at]!.type)) depth--;
    else if (depth === 0 && isWord(tokens, at, word)) return at;
  }
  return -1;
}

/** The parser does not mind a missing comma: `[1 2]`, and `a[1 2]` is `a[1]`. */
function refuseMissingCommas(tokens: readonly TemplateToken[]): void {
  let depth = 0;
  for (const [at, { type }] of tokens.entries()) {
    if (OPEN.has(type)) depth++;
    if (CLOSE.has(type)) depth--;
    if (depth === 0 || at === 0 || (OPEN.has(type) && depth === 1)) continue;
    const isName = (index: number) =>
      tokens[index]!.type === 'Identifier' && !WORDS.some((word) => isWord(tokens, index, word));
    const starts = isName(at) || ['NumericLiteral', 'StringLiteral', 'OpenCurlyBracket'].includes(type);
    const before = tokens[at - 1]!.type;
    const ends = isName(at - 1) || ['NumericLiteral', 'StringLiteral', ...CLOSE].includes(before);
    if (starts && ends && !(type === 'StringLiteral' && before === 'StringLiteral')) {
      throw new TemplateNotSupported(`a missing comma before \`${tokens[at]!.value}\``);
    }
  }
}
