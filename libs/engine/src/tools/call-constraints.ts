import type { JsonConstraints } from '../grammar/json-constraints.js';
import type { OutputConstraint } from '../grammar/output-constraint.js';
import { TriggeredConstraint } from '../grammar/triggered-constraint.js';
import { callGrammar } from './call-grammar.js';
import type { ToolRules } from './tool-definition.js';
import { TOOL_FORMATS, type ToolFormat } from './tool-format.js';

/**
 * Constraints to the calls of tools, for the sequences of one request.
 * @param markers bytes of special tokens that have a text in the output
 * @throws `invalid_json_schema`
 */
export function callConstraints(
  constraints: JsonConstraints,
  rules: ToolRules,
  count: number,
  markers: ReadonlyMap<number, Uint8Array>,
): OutputConstraint[] {
  const format: ToolFormat = TOOL_FORMATS[rules.format];
  const make = (): ReturnType<typeof callGrammar> => callGrammar(format, rules.tools, rules.isParallel);
  const calls = constraints.makeFrom([rules.format, rules.isParallel, rules.tools], make, count);
  if (rules.isTriggered) return calls;
  const trigger = Buffer.from(format.trigger);
  const bytesOf = (token: number): Uint8Array | undefined => markers.get(token) ?? constraints.bytesOf(token);
  return calls.map((call) => new TriggeredConstraint(trigger, format.isAtStart, call, constraints.trie, bytesOf));
}
