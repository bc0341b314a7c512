import { describe, expect, it } from 'vitest';
import { toolErrors } from './tool-errors.js';

const TOOL = { name: 'f', input_schema: { type: 'object' } };

describe(toolErrors, () => {
  it.each([
    {},
    { tools: null, tool_choice: null },
    { tools: [], tool_choice: { type: 'auto' } },
    { tools: [{ ...TOOL, type: 'custom', description: 'x', strict: true, cache_control: { type: 'ephemeral' } }] },
    { tools: [{ ...TOOL, defer_loading: false, input_examples: [], allowed_callers: ['direct'] }] },
    { tools: [TOOL], tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
    { tools: [TOOL], tool_choice: { type: 'any' } },
    { tool_choice: { type: 'none' } },
  ])('takes %j', (body) => {
    expect(toolErrors(body)).toEqual([]);
  });

  it.each<[object, string, RegExp]>([
    [{ tools: {} }, '/tools', /at most 128/],
    [{ tools: Array.from({ length: 129 }, () => TOOL) }, '/tools', /at most 128/],
    [{ tools: [null] }, '/tools/0', /an object/],
    [{ tools: [TOOL, { type: 'web_search_20250305', name: 'web_search' }] }, '/tools/1', /"web_search_20250305"/],
    [{ tools: [{ ...TOOL, name: '' }] }, '/tools/0', /a name of 1 to 128/],
    [{ tools: [TOOL, TOOL] }, '/tools/1', /the name of another/],
    [{ tools: [{ name: 'f' }] }, '/tools/0', /input_schema/],
    [{ tools: [{ ...TOOL, description: 1 }] }, '/tools/0', /description/],
    [{ tools: [{ ...TOOL, strict: 'yes' }] }, '/tools/0', /strict/],
    [{ tools: [{ ...TOOL, defer_loading: true }] }, '/tools/0', /defer_loading/],
    [{ tools: [{ ...TOOL, input_examples: [{}] }] }, '/tools/0', /input_examples/],
    [{ tools: [{ ...TOOL, allowed_callers: ['code_execution_20250825'] }] }, '/tools/0', /allowed_callers/],
    [{ tools: [TOOL], tool_choice: 'auto' }, '/tool_choice', /auto, any, tool, none/],
    [{ tools: [TOOL], tool_choice: { type: 'required' } }, '/tool_choice', /auto, any, tool, none/],
    [{ tools: [TOOL], tool_choice: { type: 'tool', name: 'g' } }, '/tool_choice', /none of the tools/],
    [{ tools: [TOOL], tool_choice: { type: 'auto', disable_parallel_tool_use: 1 } }, '/tool_choice', /parallel/],
    [{ tool_choice: { type: 'any' } }, '/tool_choice', /needs tools/],
  ])('refuses %j', (body, pointer, detail) => {
    expect(toolErrors(body)).toEqual([{ pointer, detail: expect.stringMatching(detail) as string }]);
  });

  it('lists no more errors than a response does', () => {
    expect(toolErrors({ tools: Array(128).fill(null) })).toHaveLength(20);
  });
});
