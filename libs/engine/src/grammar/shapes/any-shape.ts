import { numberSet } from '../nodes/number-set.js';
import { ChoiceShape, ConstantsShape, ListShape, NumberShape, ObjectShape, type Shape, StringShape } from './shape.js';

const ANY_CHOICE = new ChoiceShape('');
/** Any string. */
export const ANY_STRING = new StringShape('', [{ min: 0, max: Infinity }]);
ANY_CHOICE.options = [
  new ObjectShape('', [], [{ names: ANY_STRING, shape: ANY_CHOICE }]),
  new ListShape('', ANY_CHOICE, { min: 0, max: Infinity }),
  ANY_STRING,
  new NumberShape('', numberSet(false, {})),
  new ConstantsShape('', ['true', 'false', 'null']),
];

/** Any JSON value. */
export const ANY: Shape = ANY_CHOICE;
