import { TemplateFault } from './chat-template.errors.js';
import {
  DictView,
  LoopValue,
  Markup,
  PyDict,
  PyFloat,
  PyNamespace,
  PyRange,
  PyTuple,
  Undefined,
  typeName,
  type Value,
} from './values.js';
import type { Budget } from './budget.js';

/** `str(value)`. */
export function print(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return '';
  return represent(value, budget);
}

/** `repr(value)`. */
function represent(value: Value, budget: Budget): string {
  budget.steps(1);
  if (typeof value === 'string') return quoted(value, budget);
  if (typeof value === 'number') return integerText(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  const all = (values: Iterable<Value>) => {
    const texts: string[] = [];
    for (const item of values) texts.push(represent(item, budget));
    const text = texts.join(', ');
    budget.characters(text.length);
    return text;
  };
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof PyFloat) return floatText(value.value);
  if (value instanceof PyTuple) return `(${all(value.items)}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof PyDict) return representDict(value, budget);
  if (value instanceof PyRange) {
    return `range(${value.start}, ${value.stop}${value.step === 1 ? '' : `, ${value.step}`})`;
  }
  if (value instanceof DictView) return `dict_${value.kind}([${all(viewed(value))}])`;
  if (value instanceof PyNamespace) return `<Namespace ${representDict(value.attributes, budget)}>`;
  if (value instanceof LoopValue) return `<LoopContext ${value.index0 + 1}/${value.length}>`;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Markup) return `Markup(${quoted(value.text, budget)})`;
  throw new TemplateFault(`A ${typeName(value)} has no text but its address in memory.`);
}

function representDict(dict: PyDict, budget: Budget): string {
  const texts: string[] = [];
  for (const [key, value] of dict.items()) texts.push(`${represent(key, budget)}: ${represent(value, budget)}`);
  const text = texts.join(', ');
  budget.characters(text.length);
  return `{${text}}`;
}

export function* viewed({ kind, dict }: DictView): Generator<Value> {
  if (kind === 'items') for (const item of dict.items()) yield new PyTuple(item);
  else yield* kind === 'keys' ? dict.keys() : dict.values();
}

export function integerText(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TemplateFault(`The integer ${value} is too large to be exact.`);
  return String(value);
}

/** `repr` of a float: the shortest digits, with an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = exponent < 0 ? fixed(digits, exponent) : String(value);
  return /[.]/.test(text) ? text : `${text}.0`;
}

/** JavaScript writes an exponent below 1e-6. */
function fixed(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  return `${sign}0.${'0'.repeat(-exponent - 1)}${digits.replace(/[-.]/g, '')}`;
}

const NOT_PLAIN = /[\\'\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quoted(text: string, budget: Budget): string {
  budget.characters(text.length);
  if (!NOT_PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = quote;
  for (const letter of text) {
    const short = SHORT[letter];
    if (short !== undefined) result += short;
    else if (letter === quote) result += `\\${letter}`;
    else if (letter === ' ' || !NOT_PRINTABLE.test(letter)) result += letter;
    else result += escaped(letter.codePointAt(0)!);
  }
  return result + quote;
}

function escaped(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
