import { mergedLengths } from '../texts/length-range.js';
import { unionOf } from '../nodes/number-set.js';
import { ConstantsShape, NumberShape, type Shape, StringShape } from './shape.js';

/** Returns the shape of an identity; the first one that is made is used for all. */
type KnownShape = (identity: readonly unknown[], make: () => Shape) => Shape;

/** The options of a choice without choices in them that are known; strings are one option, and so are numbers and constants. */
export function mergedOptions(options: readonly Shape[], pointer: string, known: KnownShape): readonly Shape[] {
  const flat = new Set(options.flatMap((shape) => (isKnownChoice(shape) ? shape.options : [shape])));
  const strings = [...flat].filter((shape) => shape.kind === 'string');
  const numbers = [...flat].filter((shape) => shape.kind === 'number');
  const constants = [...flat].filter((shape) => shape.kind === 'constants');
  const others: Shape[] = [...flat].filter(
    ({ kind }) => kind !== 'string' && kind !== 'number' && kind !== 'constants',
  );
  if (strings.length > 1) {
    const ranges = mergedLengths(strings.flatMap((shape) => shape.ranges));
    const identity = ranges.map(({ min, max }) => [min, String(max)]);
    others.push(known(['strings', identity], () => new StringShape(pointer, ranges)));
  } else others.push(...strings);
  if (numbers.length > 1) {
    const set = unionOf(numbers.map((shape) => shape.set));
    others.push(known(['numbers', set], () => new NumberShape(pointer, set)));
  } else others.push(...numbers);
  if (constants.length > 1) {
    const texts = [...new Set(constants.flatMap((shape) => shape.texts))];
    others.push(known(['constants', texts], () => new ConstantsShape(pointer, texts)));
  } else others.push(...constants);
  return others;
}

function isKnownChoice(shape: Shape): shape is Shape & { kind: 'choice' } {
  return shape.kind === 'choice' && shape.reference === undefined;
}
