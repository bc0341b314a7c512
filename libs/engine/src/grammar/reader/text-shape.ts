import { isOnlyLength } from '../keywords/schema-texts.js';
import type { TextFacts } from '../keywords/text-facts.js';
import { ANY_STRING } from '../shapes/any-shape.js';
import { PatternShape, type Shape, StringShape } from '../shapes/shape.js';
import { never, type ShapeReader } from './shape-reader.js';

/** Strings that are as some facts say. */
export function textShape(facts: TextFacts, pointer: string, reader: ShapeReader): Shape {
  const { min, max } = facts.lengths;
  if (min > max) return never(`${pointer}/minLength`, 'it is more than maxLength');
  if (isOnlyLength(facts)) {
    if (min === 0 && max === Infinity) return ANY_STRING;
    return reader.known(['string', min, String(max)], () => new StringShape(pointer, [facts.lengths]));
  }
  const sources = [facts.patterns, facts.notPatterns, facts.formats].map((list) => list.map(({ text }) => text).sort());
  return reader.known(['text', ...sources, facts.excluded, min, String(max)], () => {
    const texts = reader.expander.texts.textsOf(facts, pointer);
    return texts.isEmpty ? never(pointer, 'no text is valid') : new PatternShape(pointer, texts);
  });
}
