import { bind } from '../python/call-arguments.js';
import { TemplateFault } from '../python/chat-template.errors.js';
import { iterate } from '../python/iteration.js';
import { NUMBER_FILTERS } from './number-filters.js';
import { truth } from '../python/operators.js';
import { PyIterator, Undefined, type Arguments, type Value } from '../python/values.js';
import type { Rendering } from '../python/rendering.js';
import { SEQUENCE_FILTERS, attributeGetter } from './sequence-filters.js';
import { testNamed } from './template-tests.js';
import { TEXT_FILTERS, type Filter } from './text-filters.js';

const defaultFilter: Filter = (value, args) => {
  const [fallback = '', boolean = false] = bind('default', args, ['default_value', 'boolean']);
  return value instanceof Undefined || (truth(boolean) && !truth(value)) ? fallback : value;
};

/** A generator over the items of a value. As in Jinja, a value that is false has none, whatever its type. */
function over(value: Value, run: Rendering, each: () => (item: Value) => Value | undefined): PyIterator {
  return new PyIterator(
    'generator',
    (function* () {
      if (!truth(value)) return;
      const change = each();
      for (const item of iterate(value, run.budget)) {
        run.budget.steps(1);
        const result = change(item);
        if (result !== undefined) yield result;
      }
    })(),
  );
}

/** `select` and its three kin: with `ofAttribute`, the first argument is what the test is applied to. */
const selecting =
  (keep: boolean, ofAttribute: boolean): Filter =>
  (value, args, run) =>
    over(value, run, () => {
      const [attribute, ...others] = args.positional;
      if (ofAttribute && attribute === undefined) throw new TemplateFault('Missing parameter for attribute name');
      const get = attributeGetter(ofAttribute ? attribute! : null, run);
      const [name, ...positional] = ofAttribute ? others : args.positional;
      if (name === undefined) return (item) => (truth(get(item)) === keep ? item : undefined);
      const test = testNamed(name);
      const testArguments: Arguments = { positional, named: args.named };
      return (item) => (test(get(item), testArguments, run) === keep ? item : undefined);
    });

const map: Filter = (value, args, run) =>
  over(value, run, () => {
    if (args.positional.length === 0 && args.named?.has('attribute')) {
      const [attribute, fallback = null] = bind('map', args, ['attribute', 'default']);
      return attributeGetter(attribute!, run, fallback);
    }
    const [name, ...positional] = args.positional;
    const filter = typeof name === 'string' ? FILTERS.get(name) : undefined;
    if (!filter) throw new TemplateFault(`There is no supported filter ${String(name)}.`);
    return (item) => filter(item, { positional, named: args.named }, run);
  });

/** Jinja's filters (https://jinja.palletsprojects.com/en/stable/templates/#list-of-builtin-filters) as far as they are supported. */
export const FILTERS: ReadonlyMap<string, Filter> = new Map(
  Object.entries({
    ...TEXT_FILTERS,
    ...NUMBER_FILTERS,
    ...SEQUENCE_FILTERS,
    d: defaultFilter,
    default: defaultFilter,
    map,
    reject: selecting(false, false),
    rejectattr: selecting(false, true),
    select: selecting(true, false),
    selectattr: selecting(true, true),
  }),
);

/** Filters whose argument at this place names a test. */
export const TEST_NAME_PLACES: ReadonlyMap<string, number> = new Map([
  ['select', 0],
  ['reject', 0],
  ['selectattr', 1],
  ['rejectattr', 1],
]);
