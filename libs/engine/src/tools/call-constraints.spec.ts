import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonConstraints } from '../grammar/json-constraints.js';
import type { OutputConstraint } from '../grammar/output-constraint.js';
import { jsonSchemas } from '../testing/json-schemas.js';
import { callConstraints } from './call-constraints.js';
import type { ToolRules } from './tool-definition.js';
import { TOOL_FORMATS, type ToolFormat, type ToolFormatName } from './tool-format.js';

/** Tokens of one byte each, and longer ones around the marks, which reach beyond them or stop within. */
const PIECES = [
  '<tool_',
  'call>',
  '>\n',
  '>{',
  '<tool_call>',
  '<tool_call>x',
  'x<tool',
  '[TOOL_CALLS][',
  '{"name": ',
  '{"na',
];
const VOCABULARY = [
  ...Array.from({ length: 256 }, (_, byte) => Buffer.from([byte])),
  ...PIECES.map((text) => Buffer.from(text)),
];
const constraints = new JsonConstraints(VOCABULARY.length, (token) => VOCABULARY[token]);
const EMPTY = new Map<number, Uint8Array>();

const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 3 }, days: { type: 'integer', minimum: 1, maximum: 3 } },
  required: ['city', 'days'],
  additionalProperties: false,
};

function constraintTo(rules: Partial<ToolRules>): OutputConstraint {
  const tools = [{ name: 'weather', parameters: WEATHER }, { name: 'now' }];
  const [constraint] = callConstraints(
    constraints,
    { format: 'hermes', tools, isTriggered: false, isParallel: true, ...rules },
    1,
    EMPTY,
  );
  return constraint;
}

/** The tokens that a mask leaves. */
function allowed(constraint: OutputConstraint): number[] {
  const logits = new Float32Array(VOCABULARY.length);
  constraint.mask(logits);
  const left = [...logits.keys()].filter((token) => logits[token] === 0);
  expect(left).toEqual([...logits.keys()].filter((token) => constraint.allows(token)));
  return left;
}

/** True if a text may come, byte by byte, and end there. */
function takes(constraint: OutputConstraint, text: string): boolean {
  for (const byte of Buffer.from(text)) {
    if (!constraint.allows(byte)) return false;
    constraint.accept(byte);
  }
  return constraint.canEnd;
}

describe(callConstraints, () => {
  const CALL = '\n{"name": "weather", "arguments": {"city":"Rom","days":2}}\n</tool_call>';

  it.each([
    ['a call', CALL, true],
    ['a call without arguments', '\n{"name": "now", "arguments": {}}\n</tool_call>', true],
    ['two calls', `${CALL}\n<tool_call>${CALL}`, true],
    ['half a call', CALL.slice(0, -3), false],
    ['text behind it', `${CALL} `, false],
    ['arguments that the schema forbids', CALL.replace('2', '4'), false],
    ['another tool', CALL.replace('weather', 'whether'), false],
  ])('takes %s: %j: %s', (_, text, isTaken) => {
    expect(takes(constraintTo({ isTriggered: true }), text)).toBe(isTaken);
    expect(takes(constraintTo({}), `Let me see.\n<tool_call>${text}`)).toBe(isTaken);
  });

  it('takes one call where there may be no more, and nothing behind it', () => {
    const constraint = constraintTo({ isTriggered: true, isParallel: false });
    expect(takes(constraint, CALL)).toBe(true);
    expect(constraint.mustEnd).toBe(true);
  });

  it('allows any text before a call, but no token that completes the trigger and goes on wrongly', () => {
    const constraint = constraintTo({});
    expect(allowed(constraint)).toHaveLength(VOCABULARY.length - 1);
    expect(constraint.allows(256 + PIECES.indexOf('<tool_call>x'))).toBe(false);
    constraint.accept(256 + PIECES.indexOf('x<tool'));
    for (const byte of Buffer.from('_call')) constraint.accept(byte);
    expect(constraint.allows(256 + PIECES.indexOf('>{'))).toBe(false);
    expect(allowed(constraint)).toContain(256 + PIECES.indexOf('>\n'));
    constraint.accept(256 + PIECES.indexOf('>\n'));
    expect(allowed(constraint)).toEqual(
      [0x7b, 256 + PIECES.indexOf('{"name": '), 256 + PIECES.indexOf('{"na')].toSorted((a, b) => a - b),
    );
  });

  it('knows a trigger of Llama at the beginning alone', () => {
    const call = '{"name": "now", "parameters": {}}';
    expect(takes(constraintTo({ format: 'llama' }), call)).toBe(true);
    expect(takes(constraintTo({ format: 'llama' }), `${call} `)).toBe(false);
    expect(takes(constraintTo({ format: 'llama' }), `It is {"name": "no"}`)).toBe(true);
  });

  it('sees a trigger that is a special token', () => {
    const trigger = VOCABULARY.length;
    const markers = new Map([[trigger, Buffer.from('[TOOL_CALLS]')]]);
    const rules: ToolRules = { format: 'mistral', tools: [{ name: 'now' }], isTriggered: false, isParallel: true };
    const [constraint] = callConstraints(constraints, rules, 1, markers);
    constraint.accept(trigger);
    expect(takes(constraint, '[{"name": "now", "arguments": {}}, {"name": "now", "arguments": {}}]')).toBe(true);
  });

  it('takes any object for a schema that cannot be held, unless the tool is strict', () => {
    const tool = { name: 'f', parameters: { type: 'object', unevaluatedProperties: false } };
    expect(
      takes(
        constraintTo({ tools: [tool], isTriggered: true }),
        '\n{"name": "f", "arguments": {"a":[1]}}\n</tool_call>',
      ),
    ).toBe(true);
    expect(() => constraintTo({ tools: [{ ...tool, isStrict: true }] })).toThrow(/cannot be used/);
    expect(() => constraintTo({ tools: [{ ...tool, parameters: { type: 'array' }, isStrict: true }] })).toThrow(
      /an object/,
    );
  });

  it('gives 128 tools with costly patterns the bounds of one schema', () => {
    const costly = { type: 'object', properties: { a: { type: 'string', pattern: '(a|b)*a(a|b){11}$' } } };
    const tools = Array.from({ length: 128 }, (_, i) => ({ name: `f${i}`, parameters: { ...costly, title: `${i}` } }));
    const other = (i: number): object => ({
      properties: { a: { type: 'string', pattern: `(a|b)*a(a|b){${4 + (i % 8)}}${i}$` } },
    });
    const many = tools.map(({ name }, i) => ({ name, parameters: { type: 'object', ...other(i) } }));
    const before = process.cpuUsage();
    for (const offered of [tools, many]) expect(constraintTo({ tools: offered, isTriggered: true }).canEnd).toBe(false);
    // Four seconds with bounds of their own; processor time, which other processes do not add to.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  it('lets random texts be nothing but calls of known tools with arguments in JSON, in all formats', () => {
    const formats = fc.constantFrom(...(Object.keys(TOOL_FORMATS) as ToolFormatName[]));
    const tools = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 9, unit: 'grapheme' }), jsonSchemas), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(formats, tools, fc.infiniteStream(fc.nat()), (format, named, choices) => {
        const rules = {
          format,
          tools: named.map(([name, parameters]) => ({ name, parameters })),
          isTriggered: true,
          isParallel: false,
        };
        const constraint = constraintTo(rules);
        const bytes: Uint8Array[] = [];
        while (!constraint.canEnd && bytes.length < 300) {
          const left = allowed(constraint);
          // Marks end what is nested: without them a random text goes on for ever.
          const closing = left.filter((token) => '"}],'.includes(String.fromCharCode(token)) && token < 256);
          const from = closing.length > 0 && choices.next().value! % 3 > 0 ? closing : left;
          const token = from[choices.next().value! % from.length];
          bytes.push(VOCABULARY[token]);
          constraint.accept(token);
        }
        if (!constraint.canEnd) return;
        const text = Buffer.concat(bytes).toString();
        const { open, between, close }: ToolFormat = TOOL_FORMATS[format];
        const call = JSON.parse(
          `{"name":${text.slice(open.length).replace(between, ',"given":').slice(0, -close.length)}}`,
        ) as { name: string; given: object };
        expect(rules.tools.map(({ name }) => name)).toContain(call.name);
        expect(call.given).toBeTypeOf('object');
      }),
      { numRuns: 150 },
    );
  });
});
