import type { Notice } from '../protocol/events.schema.js';

/** Notices that are over and still sent to those who connect. */
const MAX_OVER = 16;

/** A condition that callers notice. */
export type Condition = Pick<Notice, 'code' | 'level' | 'text' | 'model'>;

/** The conditions of the server that hold, and those that held last. */
export class NoticeBoard {
  private readonly open = new Map<string, Notice>();
  private readonly over: Notice[] = [];
  private count = 0;

  constructor(private readonly onChange: (notice: Notice) => void) {}

  /** Those that are over, oldest first, and those that hold. */
  list(): Notice[] {
    return [...this.over, ...this.open.values()];
  }

  /** A condition holds from now on. */
  set({ code, level, text, model }: Condition): void {
    const key = keyOf({ code, model });
    const known = this.open.get(key);
    if (known?.text === text) return;
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

  /** Sets those of these kinds that hold, and clears all others of them. */
  replace(codes: readonly Notice['code'][], conditions: readonly Condition[]): void {
    const holding = new Set(conditions.map(keyOf));
    for (const [key, { code, model }] of this.open) {
      if (codes.includes(code) && !holding.has(key)) this.clear({ code, model });
    }
    for (const condition of conditions) this.set(condition);
  }

  private change(key: string, notice: Notice): void {
    this.open.set(key, notice);
    this.onChange(notice);
  }
}

function keyOf({ code, model = '' }: Pick<Condition, 'code' | 'model'>): string {
  return `${code}:${model}`;
}
