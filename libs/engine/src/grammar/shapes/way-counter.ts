import { depthOf } from '../nodes/constants-node.js';
import { PlainOptions } from './plain-options.js';
import type { ConstantsShape, ListShape, ObjectShape, PlainShape, SetShape, Shape } from './shape.js';
import { tooManyCombinations, tooManyWays, WAY_LIMITS } from './way-limits.js';

/** A constant whose beginning was read: what is left of it has some depth. */
interface OpenConstants {
  kind: 'open';
  id: string;
  of: ConstantsShape;
  level: number;
  pointer: string;
}

type Option = PlainShape | OpenConstants;

/** Counts the ways to understand each place: it looks at all sets of shapes that can come at one, on whatever way. */
export class WayCounter {
  private readonly options = new PlainOptions(() => this.step());
  private readonly openConstants = new Map<string, OpenConstants>();
  private readonly depths = new Map<ConstantsShape, number>();
  private readonly seen = new Set<string>();
  private readonly open: Option[][] = [];
  private steps = 0;

  /** @throws `invalid_json_schema` naming a place with too many */
  count(root: Shape): void {
    this.add([root], []);
    for (let place = this.open.pop(); place; place = this.open.pop()) this.follow(place);
  }

  /** Ways within the values of one place. */
  private follow(place: readonly Option[]): void {
    const lists = place.filter((option): option is ListShape => option.kind === 'list');
    const sets = place.filter((option): option is SetShape => option.kind === 'set');
    const objects = place.filter((option): option is ObjectShape => option.kind === 'object');
    const constants = place.flatMap((option) => this.deeper(option));
    this.add([...lists.flatMap(({ first, items }) => [...first, items]), ...sets.map(({ items }) => items)], constants);
    const others = objects.flatMap((object) => object.others);
    const values = others.map(({ shape }) => shape);
    assertFewPatterns(
      others.map(({ names }) => names),
      objects.at(0)?.pointer ?? '',
    );
    if (values.length > 0 || constants.length > 0) this.add(values, constants);
    if (values.length > 0 || constants.length > 0) this.followMembers(objects, 0, values, constants);
    else this.followObjects(objects);
  }

  /** Objects that all begin with different constants of one property, such as a type, come one at a time. */
  private followObjects(objects: readonly ObjectShape[]): void {
    const open: { objects: readonly ObjectShape[]; from: number }[] = [{ objects, from: 0 }];
    for (let next = open.pop(); next; next = open.pop()) {
      const groups = this.byConstant(next.objects, next.from);
      if (!groups) {
        this.followMembers(next.objects, next.from, [], []);
        continue;
      }
      this.add(
        next.objects.map(({ properties }) => properties[next.from].shape),
        [],
      );
      for (const group of groups) open.push({ objects: group, from: next.from + 1 });
    }
  }

  /** Objects by the constant of their next property; `undefined` where they have no such property. */
  private byConstant(objects: readonly ObjectShape[], at: number): Iterable<readonly ObjectShape[]> | undefined {
    if (objects.length < 2) return undefined;
    const groups = new Map<string, ObjectShape[]>();
    const key = objects[0].properties.at(at)?.key;
    for (const object of objects) {
      this.step();
      const property = object.properties.at(at);
      if (!property?.isRequired || property.key !== key) return undefined;
      for (const option of this.options.of(property.shape)) {
        if (option.kind !== 'constants') return undefined;
        for (const text of option.texts) {
          this.step();
          const group = groups.get(text);
          if (group) group.push(object);
          else groups.set(text, [object]);
        }
      }
    }
    // Objects with the same constants are the same group.
    const different = new Map<string, readonly ObjectShape[]>();
    for (const group of groups.values()) different.set(group.map(({ id }) => id).join(), group);
    return different.values();
  }

  /** By the name of a property: what it may be in all objects that have one, and in those of any names. */
  private followMembers(
    objects: readonly ObjectShape[],
    from: number,
    values: readonly Shape[],
    constants: readonly Option[],
  ): void {
    const byKey = new Map<string, Shape[]>();
    for (const { properties } of objects) {
      for (let i = from; i < properties.length; i++) {
        const { key, shape } = properties[i];
        this.step();
        const shapes = byKey.get(key);
        if (shapes) shapes.push(shape);
        else byKey.set(key, [shape]);
      }
    }
    for (const shapes of byKey.values()) this.add([...shapes, ...values], constants);
  }

  /** Notes that shapes come at one place, each with its own rest of the output behind it. */
  private add(shapes: readonly Shape[], constants: readonly Option[]): void {
    const place = new Map<string, Option>(constants.map((option) => [`${option.id}`, option]));
    let ways = constants.length;
    this.step(ways);
    for (const shape of shapes) {
      for (const option of this.options.of(shape)) {
        this.step();
        ways++;
        place.set(`${option.id}`, option);
      }
    }
    const options = [...place.values()];
    const pointer = shapes.at(0)?.pointer ?? '';
    if (ways > WAY_LIMITS.ways) throw tooManyWays(pointer, `${WAY_LIMITS.ways} ways to understand it`);
    if (options.length > WAY_LIMITS.shapes) throw tooManyWays(pointer, `${WAY_LIMITS.shapes} shapes of a value`);
    assertFewPatterns(options, pointer);
    if (options.length > 1 && this.textsOf(options) > WAY_LIMITS.texts)
      throw tooManyWays(pointer, `${WAY_LIMITS.texts} names and constants that may come`);
    const key = [...place.keys()].sort().join();
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.open.push(options);
  }

  private textsOf(options: readonly Option[]): number {
    return options.reduce((sum, option) => {
      if (option.kind === 'constants') return sum + option.texts.length;
      if (option.kind === 'open') return sum + option.of.texts.length;
      return sum + (option.kind === 'object' ? option.properties.length : 1);
    }, 0);
  }

  /** The rests of constants within their first list or object. */
  private deeper(option: Option): Option[] {
    if (option.kind !== 'constants' && option.kind !== 'open') return [];
    const [of, level] = option.kind === 'open' ? [option.of, option.level + 1] : [option, 1];
    if (level > this.depthOf(of)) return [];
    const id = `${of.id}/${level}`;
    let open = this.openConstants.get(id);
    if (!open) this.openConstants.set(id, (open = { kind: 'open', id, of, level, pointer: of.pointer }));
    return [open];
  }

  private depthOf(constants: ConstantsShape): number {
    let depth = this.depths.get(constants);
    if (depth === undefined) {
      depth = Math.max(...constants.texts.map(depthOf));
      this.depths.set(constants, depth);
    }
    return depth;
  }

  private step(count = 1): void {
    this.steps += count;
    if (this.steps > WAY_LIMITS.steps) throw tooManyCombinations();
  }
}

function assertFewPatterns(options: readonly Option[], pointer: string): void {
  const patterns = new Set(options.filter(({ kind }) => kind === 'pattern'));
  if (patterns.size > WAY_LIMITS.patterns)
    throw tooManyWays(pointer, `${WAY_LIMITS.patterns} patterns of strings that may come`);
}
