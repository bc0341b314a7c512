import { Ajv } from 'ajv';
import addFormats, { type FormatName } from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../sampler/random.js';
import { DEAD } from '../regex/automaton.js';
import { formatAutomaton, isKnownFormat, maxLengthOf } from './formats.js';

const VALID: Record<string, string[]> = {
  date: ['2024-02-29', '1999-12-31', '0001-01-01', '2000-02-29'],
  time: ['23:59:59Z', '00:00:00.123456+05:30'],
  'date-time': ['2024-02-29T12:00:00Z', '2023-11-30T23:59:59.5-08:00'],
  duration: ['P1Y2M3D', 'P3W', 'PT36H', 'P1DT2H3M4S'],
  email: ['joe.bloggs@example.com', 'a+b@mail.example.co.uk'],
  hostname: ['localhost', 'a-b.example.com'],
  ipv4: ['0.0.0.0', '255.255.255.255', '192.168.1.1'],
  ipv6: ['::', '::1', '2001:db8::8a2e:370:7334', '1:2:3:4:5:6:7:8', '1::', '1:2:3:4:5:6:7::'],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-000000000000'],
  uri: ['https://example.com/a?b=c#d', 'mailto:a@b.c', 'urn:isbn:0451450523', 'file:///etc/hosts', 'http://a:8080'],
  'uri-reference': ['/a/b', 'a', '', '#x', '?q', 'https://example.com'],
  'uri-template': ['https://example.com/{id}/x'],
  url: ['https://www.example.com/a?b=c'],
  'json-pointer': ['', '/a/0', '/a~1b'],
  'relative-json-pointer': ['0', '1/a', '2#'],
  regex: ['^a+$', '[^'.slice(0, 0)],
  byte: ['', 'YQ==', 'YWI=', 'YWJj'],
};
const INVALID: Record<string, string[]> = {
  date: ['2023-02-29', '1900-02-29', '2023-04-31', '2023-13-01', '0000-01-01', '23-01-01'],
  time: ['24:00:00Z', '12:00:60Z', '12:00:00', '12:00:00+24:00'],
  'date-time': ['2024-02-29 12:00:00Z', '2023-02-29T12:00:00Z'],
  duration: ['P', 'PT', 'P1', 'P1D2H', 'P2D1Y'],
  email: ['joe', '.a@b.c', 'a@', 'a@b', 'a..b@c.d'],
  hostname: ['-a', 'a-', 'a..b', 'a_b', ''],
  ipv4: ['256.0.0.1', '1.2.3', '01.2.3.4', '1.2.3.4.5'],
  ipv6: ['1::2::3', '12345::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8::', ':::', ''],
  uuid: ['123e4567e89b12d3a456426614174000', '123e4567-e89b-12d3-a456-42661417400g'],
  uri: ['//example.com', 'a b', 'http://a b', '\\\\x', ''],
  'uri-reference': ['a b', '\\\\x'],
  url: ['ftp://a', 'example.com'],
  'json-pointer': ['a', '/~2'],
  'relative-json-pointer': ['-1', '01'],
  byte: ['YQ=', 'a'],
};

/** A text of a format, drawn character by character. */
function draw(name: string, seed: number): string | undefined {
  const automaton = formatAutomaton(name);
  const random = seededRandom(seed);
  let [text, state] = ['', automaton.start];
  for (let step = 0; step < 120; step++) {
    if (automaton.accepting[state] === 1 && random() < 0.25) return text;
    const ways = automaton.alphabet.starts
      .map((low, i) => ({ low, high: (automaton.alphabet.starts[i + 1] ?? 0x11_0000) - 1 }))
      .map((range) => ({ ...range, to: automaton.next(state, automaton.alphabet.symbolOf(range.low)) }))
      .filter(({ to }) => to !== DEAD);
    if (ways.length === 0) return automaton.accepting[state] === 1 ? text : undefined;
    const { low, high, to } = ways[Math.floor(random() * ways.length)];
    text += String.fromCodePoint(low + Math.floor(random() * (Math.min(high, low + 200) - low + 1)));
    state = to;
  }
  return undefined;
}

describe(formatAutomaton, () => {
  it.each(Object.keys(VALID))('%s: takes what is right, and nothing that is wrong', (name) => {
    const automaton = formatAutomaton(name);
    for (const text of VALID[name]) expect([text, automaton.matches(text)]).toEqual([text, true]);
    for (const text of INVALID[name] ?? []) expect([text, automaton.matches(text)]).toEqual([text, false]);
  });

  it.each(Object.keys(VALID))('%s: whatever is drawn of it validates', (name) => {
    const ajv = addFormats.default(new Ajv({ strict: false }), [name as FormatName]);
    const validate = ajv.compile({ type: 'string', format: name });
    let seen = 0;
    for (let seed = 0; seed < 1500; seed++) {
      const text = draw(name, seed);
      if (text === undefined || text.length > maxLengthOf(name)) continue;
      seen++;
      expect([text, validate(text)]).toEqual([text, true]);
    }
    expect(seen).toBeGreaterThan(200);
  });

  it('leaves others to be annotations', () => {
    expect(['int32', 'password', 'toString'].some(isKnownFormat)).toBe(false);
  });
});
