/** Bodies of `/v1/infer` that would be costly to read, and the messages of their refusals. */
export const COSTLY_BODIES: readonly [name: string, body: string, detail: RegExp][] = [
  [
    'nested objects',
    `{"prompt":"x","params":${nested('{"a":', '}', 5000).replace('}', '1}')}}`,
    /nested deeper than 8/,
  ],
  ['nested lists', `{"prompt":"x","params":{"stop":${nested('[', ']', 20_000)}}}`, /nested deeper than 8/],
  [
    '100,000 keys',
    JSON.stringify({
      prompt: 'x',
      params: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 1])),
    }),
    /more than 2200 keys/,
  ],
  [
    'a long list',
    JSON.stringify({ prompt: 'x', params: { stop_token_ids: Array(20_000).fill(1) } }),
    /more than 10000 values/,
  ],
  ['a member of every object', '{"prompt":"x","params":{"hasOwnProperty":1}}', /"hasOwnProperty" is not a known field/],
];

function nested(open: string, close: string, depth: number): string {
  return open.repeat(depth) + close.repeat(depth);
}
