import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatRenderer } from './chat-renderer.js';
import {
  TemplateFault,
  TemplateNotSupported,
  TemplateRefusal,
  TemplateTooExpensive,
} from './python/chat-template.errors.js';

/** What Python makes of a template: a text, null where it raises, or the template's own refusal. */
type Golden = string | null | { refusal: string };

interface Goldens {
  now: [year: number, month: number, day: number, hour: number, minute: number, second: number];
  variables: Record<string, unknown>;
  common: Record<string, unknown>;
  conversations: Record<string, Record<string, unknown>>;
  cases: [source: string, golden: Golden][];
  renderings: Record<string, Record<string, [Golden, Golden]>>;
}

const folder = join(import.meta.dirname, '../../../../test/goldens');
const goldens = JSON.parse(readFileSync(join(folder, 'chat-templates.json'), 'utf8')) as Goldens;
const templateOf = (name: string) => readFileSync(join(folder, 'chat-templates', `${name}.jinja`), 'utf8');

/** Ours in the form of a golden; `unsupported` for what is refused by name, which is never wrong but is counted. */
function outcomeOf(source: string, variables: Record<string, unknown>): Golden | 'unsupported' {
  try {
    return new ChatRenderer(source).render(variables);
  } catch (error) {
    if (error instanceof TemplateRefusal) return { refusal: error.message };
    const { message, cause } = error as Error;
    // A fault with a cause is an error of JavaScript: ours, not the template's.
    expect(error instanceof TemplateFault ? cause : undefined).toBeUndefined();
    return error instanceof TemplateNotSupported || /not supported|address|exact/.test(message) ? 'unsupported' : null;
  }
}

describe(ChatRenderer.name, () => {
  beforeEach(() => {
    const [year, month, day, hour, minute, second] = goldens.now;
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(year, month - 1, day, hour, minute, second) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives what Python gives for every expression and statement, or refuses by name', () => {
    const wrong: unknown[] = [];
    let unsupported = 0;
    for (const [source, golden] of goldens.cases) {
      const outcome = outcomeOf(source, goldens.variables);
      if (outcome === 'unsupported') unsupported += golden === null ? 0 : 1;
      else if (JSON.stringify(outcome) !== JSON.stringify(golden)) wrong.push({ source, golden, outcome });
    }
    expect(wrong).toEqual([]);
    expect(goldens.cases.length).toBeGreaterThan(4000);
    expect(unsupported).toBeLessThan(50);
  });

  it.each(Object.keys(goldens.renderings))('writes conversations as %s does in Python', (name) => {
    const source = templateOf(name);
    for (const [conversation, [without, withPrompt]] of Object.entries(goldens.renderings[name]!)) {
      const variables = { ...goldens.common, ...goldens.conversations[conversation] };
      const outcomes = [false, true].map((prompt) =>
        outcomeOf(source, { ...variables, add_generation_prompt: prompt }),
      );
      expect({ conversation, outcomes }).toEqual({ conversation, outcomes: [without, withPrompt] });
    }
  });

  it.each([
    ['{{ x | groupby("a") | batch(2) }}', 'filter `groupby`, filter `batch`'],
    ['{{ x is filter }}', 'test `filter`'],
    ['{{ x | select("nope") }}{{ x | map("nope2") }}', 'test `nope`, filter `nope2`'],
    ['{% if false %}{{ x.append(1) }}{{ "a".format(1) }}{% endif %}', 'method `.append`, method `.format`'],
    ['{{ cycler(1) }}', 'global `cycler`'],
    ['{% for x in y recursive %}{% endfor %}', 'loops that are `recursive`'],
    ['{{ "%s" % x }}', 'formatting with `%`'],
    ['{{ [1e5] }}', 'number `1e5`'],
    ['{{ [1 2] }}', 'a missing comma before `2`'],
    ['{% raw %}{% endraw %}', 'statement `raw`'],
    ['{{ strftime_now("%Y %Q") }}', 'directive `%Q` of `strftime_now`'],
    ['{{ x | int(0, 16) }}', 'filter `int` with a base'],
    ['{{ x.__class__ }}', 'name `__class__`'],
    ['{% break %}', '`break` outside of a loop'],
    ['{% include "x" %}', 'Unknown statement type: include'],
    ['{% for x in y %}', 'cannot be parsed'],
  ])('refuses %s when it is made, by name', (source, reason) => {
    const made = () => new ChatRenderer(source);
    expect(made).toThrow(TemplateNotSupported);
    expect(made).toThrow(reason);
  });

  it("throws a refusal in the template's own words", () => {
    const rendered = () => new ChatRenderer('{{ raise_exception("Roles must alternate") }}').render({});
    expect(rendered).toThrow(TemplateRefusal);
    expect(rendered).toThrow(/^Roles must alternate$/);
  });

  it.each(['{{ x.y.z }}', '{{ 1 + "a" }}', '{{ range(30000000) }}', '{{ x() }}', '{{ range }}'])(
    'throws a fault for %s',
    (source) => {
      expect(() => new ChatRenderer(source).render({})).toThrow(TemplateFault);
    },
  );

  it.each([
    ['a long text', "{{ 'x' * 2000000000 }}"],
    ['a long list', '{{ [1, 2] * 2000000000 }}'],
    ['nested loops', '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'],
    [
      'doubling',
      "{% set n = namespace(s='x') %}{% for a in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
    ],
    [
      'replacing',
      "{% set n = namespace(s='xx') %}{% for a in range(99) %}{% set n.s = n.s.replace('', n.s) %}{% endfor %}",
    ],
    [
      'joining',
      "{% set n = namespace(s='xx') %}{% for a in range(99) %}{% set n.s = [n.s, n.s] | join(n.s) %}{% endfor %}",
    ],
    ['growing lists', '{% set n = namespace(l=[1]) %}{% for a in range(99) %}{% set n.l = n.l + n.l %}{% endfor %}'],
    [
      'nested lists',
      '{% set n = namespace(l=[1]) %}{% for a in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l | tojson }}',
    ],
    [
      'comparing nested lists',
      '{% set n = namespace(l=[1], m=[1]) %}{% for a in range(99) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}',
    ],
    ['endless macros', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['wide indentation', "{{ [1] | tojson(indent=900000000) }}{{ 'a' | indent(900000000, true) }}"],
    ['searching', "{% set s = 'a' * 1000000 %}{% for a in range(99999) %}{{ 'b' in s }}{% endfor %}"],
    [
      'counting',
      "{% set s = 'a' * 1000000 %}{% for a in range(99999) %}{{ s.count('b') }}{{ s.strip('b') }}{% endfor %}",
    ],
  ])('ends %s when the budget is spent', (_name, source) => {
    expect(() => new ChatRenderer(source).render({})).toThrow(TemplateTooExpensive);
  });

  it('keeps to the limits of a call', () => {
    const renderer = new ChatRenderer('{% for x in xs %}{{ x }}{% endfor %}');
    const xs = Array.from({ length: 100 }, () => 'text');
    expect(renderer.render({ xs }, { maxSteps: 1000, maxCharacters: 400 })).toHaveLength(400);
    expect(() => renderer.render({ xs }, { maxCharacters: 399 })).toThrow(TemplateTooExpensive);
    expect(() => renderer.render({ xs }, { maxSteps: 99 })).toThrow(TemplateTooExpensive);
  });

  it('ends with data that is nested too deep', () => {
    const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown;
    expect(() => new ChatRenderer('{{ deep | tojson }}').render({ deep })).toThrow(TemplateTooExpensive);
  });

  it('takes a value that is undefined for one that is not given, and changes nothing that it is given', () => {
    const variables = { tools: undefined, messages: [{ role: 'user' }] };
    expect(new ChatRenderer('{{ tools is defined }}{{ messages }}').render(variables)).toBe("False[{'role': 'user'}]");
    expect(variables).toEqual({ tools: undefined, messages: [{ role: 'user' }] });
  });

  it('refuses to round an integer that JavaScript does not hold', () => {
    expect(() => new ChatRenderer('{{ n }}').render({ n: 2 ** 60 })).toThrow('too large to be exact');
  });
});
