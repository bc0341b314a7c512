import type { Notice } from '../protocol/events.schema.js';

/** Notices that are over and still sent to those who connect, and those of a kind that hold. */
const MAX_OVER = 16;
const MAX_OPEN_OF_CODE = 16;
/** Notices that a board has at most: of seven kinds, and those that are over. */
export const MAX_NOTICES = 7 * MAX_OPEN_OF_CODE + MAX_OVER;
/** Characters of a notice's text. */
const MAX_TEXT = 300;

/** A condition that callers notice. */
export type Condition = Pick<Notice, 'code' | 'level' | 'text' | 'model'>;

/** The conditions of the server that hold, and those that held last. */
export class NoticeBoard {
  private readonly open = new Map<string, Notice>();
  private readonly over: Notice[] = [];
  private count = 0;

  constructor(private readonly onChange: (notice: Notice) => void) {}

  /** Those that hold, and those that are over, the newest first. */
  list(): Notice[] {
    return [...this.open.values(), ...this.over.toReversed()];
  }

  /** A condition holds from now on. Where it is one too many of its kind, it is left out. */
  set({ code, level, text: whole, model }: Condition): void {
    const key = keyOf({ code, model });
    const known = this.open.get(key);
    const text = whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT - 1)}…` : whole;
    if (known?.text === text || (!known && this.countOf(code) >= MAX_OPEN_OF_CODE)) return;
    const { id = `n${++this.count}`, since = Date.now() } = known ?? {};
    this.change(key, { id, level, code, model, text, since });
  }

  /** A condition holds no longer. */
  clear(condition: Pick<Condition, 'code' | 'model'>): void {
    const key = keyOf(condition);
    const notice = this.open.get(key);
    if (!notice) return;
    this.open.delete(key);
    const over = { ...notice, until: Date.now() };
    this.over.push(over);
    if (this.over.length > MAX_OVER) this.over.shift();
    this.onChange(over);
  }

  /** Clears the conditions of models for which a test fails. */
  keepModels(test: (model: string) => boolean): void {
    for (const { code, model } of this.open.values()) {
      if (model !== undefined && !test(model)) this.clear({ code, model });
    }
  }

  /** Sets those of these kinds that hold, and clears all others of them. */
  replace(codes: readonly Notice['code'][], conditions: readonly Condition[]): void {
    const holding = new Set(conditions.map(keyOf));
    for (const [key, { code, model }] of this.open) {
      if (codes.includes(code) && !holding.has(key)) this.clear({ code, model });
    }
    for (const condition of conditions) this.set(condition);
  }

  private countOf(code: Notice['code']): number {
    return [...this.open.values()].filter((notice) => notice.code === code).length;
  }

  private change(key: string, notice: Notice): void {
    this.open.set(key, notice);
    this.onChange(notice);
  }
}

function keyOf({ code, model = '' }: Pick<Condition, 'code' | 'model'>): string {
  return `${code}:${model}`;
}
