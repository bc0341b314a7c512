import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Constraint } from './constraint.js';
import { JsonConstraints } from './json-constraints.js';
import type { JsonSchema } from './schema/json-schema.js';

const MB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const byBytes = (): JsonConstraints => new JsonConstraints(256, (token) => Uint8Array.of(token));
const names = Array.from({ length: 1900 }, (_, i) => `property_${i}`);
/** One of many large schemas, all different. */
const large = (number: number): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name, i) => [name, { type: 'string', maxLength: i + number }])),
});

function write(constraint: Constraint, text: string): void {
  for (const byte of Buffer.from(text)) {
    constraint.mask(new Float32Array(256));
    constraint.accept(byte);
  }
}

describe(JsonConstraints, () => {
  it('holds 64 MiB of grammars at most, however many different schemas come, and about what it counts', () => {
    const constraints = byBytes();
    const before = heapBytes();
    for (let number = 1; number <= 80; number++) {
      const [constraint] = constraints.make(large(number), 1);
      write(constraint, '{"property_7":"abc","property_1899":"x"');
    }
    const grammars = [...(Reflect.get(constraints, 'grammars') as Map<string, { bytes: number }>).values()];
    const counted = grammars.reduce((sum, { bytes }) => sum + bytes, 0);
    const held = heapBytes() - before;
    expect(counted).toBeLessThan(68 * MB);
    expect(held).toBeLessThan(1.3 * counted);
    expect(held).toBeGreaterThan(counted / 4);
  });

  it('holds no grammars for answers that wait, beside those', () => {
    const constraints = byBytes();
    const schemas = Array.from({ length: 150 }, (_, number) => large(number + 1));
    const before = heapBytes();
    const waiting = schemas.map((schema) => constraints.make(schema, 8));
    expect(heapBytes() - before).toBeLessThan(64 * MB);
    // The first one was forgotten, and is made again.
    write(waiting[0][7], '{"property_7":"abc');
  });

  it('keeps no more of one grammar than 4 MiB, however long its answers are', () => {
    const constraints = byBytes();
    const [constraint] = constraints.make({ type: 'array', items: large(1) }, 1);
    const before = heapBytes();
    constraint.accept(0x5b);
    for (let object = 0; object < 60; object++) {
      const members = names.slice(object * 20, object * 20 + 15).map((name) => `"${name}":"${object}"`);
      write(constraint, `${object > 0 ? ',' : ''}{${members.join()}}`);
    }
    expect(heapBytes() - before).toBeLessThan(12 * MB);
  });

  it('takes the texts of descriptions for no part of what it keeps', () => {
    const constraints = byBytes();
    const before = heapBytes();
    for (let number = 0; number < 60; number++) {
      constraints.make({ type: 'null', description: `${number}`.padEnd(MB, 'x') }, 1);
    }
    expect(heapBytes() - before).toBeLessThan(4 * MB);
  });
});
