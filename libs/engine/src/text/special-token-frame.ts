import { BARE_PAIR } from './framing/frame-texts.js';
import type { PairFrame, SpecialTokenFrame } from './framing/frame.js';
import { sequenceOf, type TokenizerJson, type TokenizerPart } from './tokenizer-json.js';

interface TemplateItem {
  SpecialToken?: { id: string; type_id?: number };
  Sequence?: { id: string; type_id?: number };
}

/**
 * The special tokens that a tokenizer's post-processor puts before and after a text, or around a pair of them.
 * @throws Error naming a post-processor that is not supported
 */
export function toSpecialTokenFrame({ post_processor }: Pick<TokenizerJson, 'post_processor'>): SpecialTokenFrame {
  const frame: SpecialTokenFrame = { before: [], after: [], pair: BARE_PAIR };
  for (const part of sequenceOf(post_processor, 'processors')) {
    const framed = frameOf(part);
    if (!framed) continue;
    frame.before.unshift(...framed.before);
    frame.after.push(...framed.after);
    frame.pair = frame.pair === BARE_PAIR ? framed.pair : undefined;
  }
  return frame;
}

function frameOf(part: TokenizerPart): SpecialTokenFrame | undefined {
  switch (part.type) {
    case 'ByteLevel':
      return undefined;
    case 'TemplateProcessing':
      return template(part);
    case 'BertProcessing':
      return classAndSeparators(part, { separators: 1, secondType: 1 });
    case 'RobertaProcessing':
      return classAndSeparators(part, { separators: 2, secondType: 0 });
    default:
      throw new Error(`post-processor "${part.type}" is not supported`);
  }
}

function classAndSeparators(
  part: TokenizerPart,
  { separators, secondType }: { separators: 1 | 2; secondType: 0 | 1 },
): SpecialTokenFrame {
  const before = [idIn(part.cls)];
  const after = [idIn(part.sep)];
  const between = Array.from({ length: separators }, () => after[0]);
  const types = { before: [0], first: 0, between: between.map(() => 0), second: secondType, after: [secondType] };
  return { before, after, pair: { before, between, after, types } };
}

function template({ single, pair, special_tokens }: TokenizerPart): SpecialTokenFrame {
  const ids = (special_tokens ?? {}) as Record<string, { ids?: number[] }>;
  const items = (single ?? []) as TemplateItem[];
  const at = placeOf(items, 'A');
  if (at === -1) throw new Error('a TemplateProcessing post-processor without the text is not supported');
  const idsOf = ({ SpecialToken }: TemplateItem): number[] => {
    const found = SpecialToken && ids[SpecialToken.id]?.ids;
    if (!found) throw new Error(`TemplateProcessing names "${SpecialToken?.id}", which "special_tokens" does not list`);
    return found;
  };
  return {
    before: items.slice(0, at).flatMap(idsOf),
    after: items.slice(at + 1).flatMap(idsOf),
    pair: pairTemplate((pair ?? []) as TemplateItem[], idsOf),
  };
}

function pairTemplate(items: TemplateItem[], idsOf: (item: TemplateItem) => number[]): PairFrame | undefined {
  const [first, second] = [placeOf(items, 'A'), placeOf(items, 'B')];
  if (first === -1 || second < first) return undefined;
  const typesOf = (item: TemplateItem): number[] => idsOf(item).map(() => item.SpecialToken?.type_id ?? 0);
  const parts = {
    before: items.slice(0, first),
    between: items.slice(first + 1, second),
    after: items.slice(second + 1),
  };
  return {
    before: parts.before.flatMap(idsOf),
    between: parts.between.flatMap(idsOf),
    after: parts.after.flatMap(idsOf),
    types: {
      before: parts.before.flatMap(typesOf),
      first: items[first].Sequence?.type_id ?? 0,
      between: parts.between.flatMap(typesOf),
      second: items[second].Sequence?.type_id ?? 0,
      after: parts.after.flatMap(typesOf),
    },
  };
}

function placeOf(items: TemplateItem[], text: 'A' | 'B'): number {
  return items.findIndex(({ Sequence }) => Sequence?.id === text);
}

function idIn(pair: unknown): number {
  const id = Array.isArray(pair) ? (pair[1] as unknown) : undefined;
  if (typeof id !== 'number') throw new Error('a post-processor names no token');
  return id;
}
