import { sequenceOf, type TokenizerJson, type TokenizerPart } from './tokenizer-json.js';

interface TemplateItem {
  SpecialToken?: { id: string };
  Sequence?: { id: string };
}

/**
 * The special tokens that a tokenizer's post-processor puts before and after a text.
 * @throws Error naming a post-processor that is not supported
 */
export function toSpecialTokenFrame({ post_processor }: Pick<TokenizerJson, 'post_processor'>): {
  before: number[];
  after: number[];
} {
  const frame: { before: number[]; after: number[] } = { before: [], after: [] };
  for (const part of sequenceOf(post_processor, 'processors')) {
    const { before, after } = frameOf(part);
    frame.before.unshift(...before);
    frame.after.push(...after);
  }
  return frame;
}

function frameOf(part: TokenizerPart): { before: number[]; after: number[] } {
  switch (part.type) {
    case 'ByteLevel':
      return { before: [], after: [] };
    case 'TemplateProcessing':
      return template(part);
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [idIn(part.cls)], after: [idIn(part.sep)] };
    default:
      throw new Error(`post-processor "${part.type}" is not supported`);
  }
}

function template({ single, special_tokens }: TokenizerPart): { before: number[]; after: number[] } {
  const ids = (special_tokens ?? {}) as Record<string, { ids?: number[] }>;
  const items = (single ?? []) as TemplateItem[];
  const at = items.findIndex(({ Sequence }) => Sequence?.id === 'A');
  if (at === -1) throw new Error('a TemplateProcessing post-processor without the text is not supported');
  const idsOf = ({ SpecialToken }: TemplateItem): number[] => {
    const found = SpecialToken && ids[SpecialToken.id]?.ids;
    if (!found) throw new Error(`TemplateProcessing names "${SpecialToken?.id}", which "special_tokens" does not list`);
    return found;
  };
  return { before: items.slice(0, at).flatMap(idsOf), after: items.slice(at + 1).flatMap(idsOf) };
}

function idIn(pair: unknown): number {
  const id = Array.isArray(pair) ? (pair[1] as unknown) : undefined;
  if (typeof id !== 'number') throw new Error('a post-processor names no token');
  return id;
}
