import { numberSet } from '../nodes/number-set.js';
import {
  ChoiceShape,
  ConstantsShape,
  DictionaryShape,
  ListShape,
  NumberShape,
  type Shape,
  StringShape,
} from './shape.js';

const ANY_CHOICE = new ChoiceShape('');
/** Any string. */
export const ANY_STRING = new StringShape('', [{ min: 0, max: Infinity }]);
ANY_CHOICE.options = [
  new DictionaryShape('', ANY_CHOICE),
  new ListShape('', ANY_CHOICE, 0, Infinity),
  ANY_STRING,
  new NumberShape('', numberSet(false, {})),
  new ConstantsShape('', ['true', 'false', 'null']),
];

/** Any JSON value. */
export const ANY: Shape = ANY_CHOICE;
