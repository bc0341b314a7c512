import type { Alphabet } from '../regex/alphabet.js';
import { LAST_CODE_POINT } from '../regex/character-set.js';
import type { PatternBudget } from '../regex/pattern-budget.js';

/** No character goes on with a byte. */
export const NO_CHARACTER = -1;

/** Escapes of a JSON string (RFC 8259, section 7) that are written: those without which a character cannot be. */
const ESCAPES = new Map<string, number>(Object.entries({ '"': 0x22, '\\': 0x5c, b: 8, f: 12, n: 10, r: 13, t: 9 }));

/** The least code point of so many bytes behind the first one. */
const LEAST = [0, 0x80, 0x800, 0x1_0000];

/** The bytes of a table, as numbers of four. */
const ROW_ENTRIES = 128;

/**
 * Reads the characters of a JSON string in UTF-8 (RFC 3629, section 4), one byte at a time, as symbols of an alphabet. Each
 * character has one way to be written.
 */
export class CharacterDecoder {
  /** By node and byte: the next node, {@link NO_CHARACTER}, or a symbol as `-2 - symbol`. The node 0 is between characters. */
  readonly table: Int16Array;
  /** The symbols that may come of a node. */
  readonly symbolsBelow: readonly (readonly number[])[];
  private readonly rows: Int16Array[] = [];
  private readonly alike = new Map<string, number>();

  /** @throws {PatternError} where it is too large */
  constructor(
    private readonly alphabet: Alphabet,
    private readonly budget: PatternBudget,
  ) {
    const between = this.row();
    for (let byte = 0x20; byte < 0x80; byte++) this.add(between, byte, byte);
    between[0x22] = NO_CHARACTER;
    between[0x5c] = this.escapes();
    for (let byte = 0xc2; byte <= 0xdf; byte++) this.addBlock(between, byte, (byte & 0x1f) << 6, 1);
    for (let byte = 0xe0; byte <= 0xef; byte++) this.addBlock(between, byte, (byte & 0xf) << 12, 2);
    for (let byte = 0xf0; byte <= 0xf4; byte++) this.addBlock(between, byte, (byte & 7) << 18, 3);
    this.table = new Int16Array(this.rows.length * 256);
    for (const [node, row] of this.rows.entries()) this.table.set(row, node * 256);
    this.symbolsBelow = this.symbolsOfNodes();
    this.alike.clear();
    this.rows.length = 0;
  }

  get nodeCount(): number {
    return this.symbolsBelow.length;
  }

  private row(): Int16Array {
    this.budget.addTable(ROW_ENTRIES);
    const row = new Int16Array(256).fill(NO_CHARACTER);
    this.rows.push(row);
    return row;
  }

  private add(row: Int16Array, byte: number, codePoint: number): void {
    const symbol = this.alphabet.symbolOf(codePoint);
    if (symbol >= 0) row[byte] = -2 - symbol;
  }

  private escapes(): number {
    const node = this.rows.length;
    const row = this.row();
    for (const [character, codePoint] of ESCAPES) this.add(row, character.charCodeAt(0), codePoint);
    // "\u00", and the two digits of a control character.
    const [u, zero, high] = [this.rows.length, this.rows.length + 1, this.rows.length + 2];
    row['u'.charCodeAt(0)] = u;
    this.row()[0x30] = zero;
    this.row()[0x30] = high;
    const digits = this.row();
    for (const first of [0, 1]) {
      digits[0x30 + first] = this.rows.length;
      const last = this.row();
      for (let digit = 0; digit < 16; digit++) {
        const codePoint = 16 * first + digit;
        if (![...ESCAPES.values()].includes(codePoint)) this.add(last, digit.toString(16).charCodeAt(0), codePoint);
      }
    }
    return node;
  }

  /** Adds the code points that have so many bytes more, from `low` on. */
  private addBlock(row: Int16Array, byte: number, low: number, bytes: number, least = LEAST[bytes]): void {
    const node = this.blockNode(low, bytes, least);
    if (node !== undefined) row[byte] = node;
  }

  private blockNode(low: number, bytes: number, least: number): number | undefined {
    const high = Math.min(low + 64 ** bytes - 1, LAST_CODE_POINT);
    const symbol = low >= least && high === low + 64 ** bytes - 1 ? this.alphabet.symbolOfAll(low, high) : undefined;
    if (symbol === -1) return undefined;
    const key = symbol === undefined ? undefined : `${bytes}:${symbol}`;
    const known = key === undefined ? undefined : this.alike.get(key);
    if (known !== undefined) return known;
    this.budget.step(64);
    const node = this.rows.length;
    const row = this.row();
    const step = 64 ** (bytes - 1);
    for (let i = 0; i < 64; i++) {
      const from = low + i * step;
      if (from + step - 1 < least || from > LAST_CODE_POINT) continue;
      if (bytes === 1) this.add(row, 0x80 + i, from);
      else this.addBlock(row, 0x80 + i, from, bytes - 1, least);
    }
    if (key !== undefined) this.alike.set(key, node);
    return node;
  }

  private symbolsOfNodes(): number[][] {
    const known: (number[] | undefined)[] = [];
    const below = (node: number): number[] => {
      let found = known[node];
      if (found) return found;
      const symbols = new Set<number>();
      for (const to of this.rows[node]) {
        if (to <= -2) symbols.add(-2 - to);
        else if (to >= 0) for (const symbol of below(to)) symbols.add(symbol);
      }
      return (known[node] = found = [...symbols]);
    };
    return this.rows.map((_, node) => below(node));
  }
}
