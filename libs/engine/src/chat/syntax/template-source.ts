import { TemplateNotSupported } from '../python/chat-template.errors.js';
import { isSpace, strip } from '../python/text.js';

/** A part of a template: text to write, or the code of a tag without its marks. */
export interface TemplatePart {
  kind: 'text' | 'print' | 'statement';
  content: string;
}

type Tag = '{{' | '{%' | '{#';

const OPENING = /\{[{%#]/g;
const COMMENT_END = /[-+]?#\}/g;
const RAW = /\{%[-+]?\s*raw\s*-?%\}/y;
const QUOTED = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y;

/**
 * Cuts a template at its tags, with `trim_blocks` and `lstrip_blocks` as Jinja's lexer has them: the library's own works on the whole
 * source by regular expressions and takes white space from texts such as `{-` too.
 */
export function* partsOf(template: string): Generator<TemplatePart> {
  const source = template.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  let position = 0;
  let atLineStart = true;
  for (;;) {
    OPENING.lastIndex = position;
    const opening = OPENING.exec(source);
    if (!opening) break;
    const tag = opening[0] as Tag;
    RAW.lastIndex = opening.index;
    if (RAW.test(source)) throw new TemplateNotSupported('statement `raw`');
    const sign = /[-+]/.exec(source[opening.index + 2] ?? '')?.[0] ?? '';
    const text = strippedBefore(source.slice(position, opening.index), tag, sign, atLineStart);
    if (text) yield { kind: 'text', content: text };
    const start = opening.index + 2 + sign.length;
    const end = endOfTag(source, start, tag);
    if (tag !== '{#') {
      yield { kind: tag === '{{' ? 'print' : 'statement', content: source.slice(start, end.at) };
    }
    position = skipAfter(source, end, tag);
    atLineStart = source[position - 1] === '\n';
  }
  const rest = source.slice(position);
  if (rest) yield { kind: 'text', content: rest };
}

function strippedBefore(text: string, tag: Tag, sign: string, atLineStart: boolean): string {
  if (sign === '-') return strip(text, 'right');
  if (sign === '+' || tag === '{{') return text;
  const line = text.lastIndexOf('\n') + 1;
  return (line > 0 || atLineStart) && isSpace(text.slice(line)) ? text.slice(0, line) : text;
}

interface TagEnd {
  at: number;
  /** With its sign. */
  mark: string;
}

function skipAfter(source: string, { at, mark }: TagEnd, tag: Tag): number {
  const after = at + mark.length;
  if (mark.startsWith('-')) return source.length - strip(source.slice(after), 'left').length;
  const trims = tag !== '{{' && !mark.startsWith('+');
  return trims && source[after] === '\n' ? after + 1 : after;
}

function endOfTag(source: string, start: number, tag: Tag): TagEnd {
  if (tag === '{#') {
    COMMENT_END.lastIndex = start;
    const end = COMMENT_END.exec(source);
    if (!end) throw new TemplateNotSupported('a comment without an end');
    return { at: end.index, mark: end[0] };
  }
  const mark = tag === '{{' ? /-?\}\}/y : /[-+]?%\}/y;
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (depth === 0) {
      mark.lastIndex = at;
      const end = mark.exec(source);
      if (end) return { at, mark: end[0] };
    }
    const letter = source[at]!;
    if (letter === '"' || letter === "'") {
      QUOTED.lastIndex = at;
      const quoted = QUOTED.exec(source);
      if (!quoted) throw new TemplateNotSupported('a string without an end');
      at += quoted[0].length - 1;
    } else if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter)) depth--;
  }
  throw new TemplateNotSupported('a tag without an end');
}
