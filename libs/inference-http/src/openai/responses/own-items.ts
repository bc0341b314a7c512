import { Injectable } from '@nestjs/common';
import type { InputItem } from './response-fields.js';

/** Bytes of all items and of one caller's, about, and the time that they are kept. */
const LIMITS = { bytes: 32 * 2 ** 20, callerBytes: 2 ** 20, ms: 3_600_000 } as const;

interface OwnItem {
  caller: string;
  item: InputItem;
  bytes: number;
  keptUntil: number;
}

/**
 * Items of the last responses, which clients refer to by their ids instead of sending them again: for an hour, in this process, and only as many
 * as there is room for. Each is known to its caller alone.
 */
@Injectable()
export class OwnItems {
  /** By id, the oldest first. */
  private readonly items = new Map<string, OwnItem>();
  private readonly callers = new Map<string, { bytes: number; ids: Set<string> }>();
  private bytes = 0;

  add(caller: string, items: readonly (InputItem & { id: string })[]): void {
    for (const item of items) {
      const bytes = 2 * JSON.stringify(item).length;
      if (bytes > LIMITS.callerBytes) continue;
      const own = this.callers.get(caller) ?? { bytes: 0, ids: new Set() };
      this.callers.set(caller, own);
      this.items.set(item.id, { caller, item, bytes, keptUntil: performance.now() + LIMITS.ms });
      own.ids.add(item.id);
      own.bytes += bytes;
      this.bytes += bytes;
      while (own.bytes > LIMITS.callerBytes) this.remove(own.ids.values().next().value!);
      while (this.bytes > LIMITS.bytes) this.remove(this.items.keys().next().value!);
    }
    this.removeOld();
  }

  /** An item of the caller's; `undefined` where there is none any more. */
  get(caller: string, id: string): InputItem | undefined {
    const own = this.items.get(id);
    return own?.caller === caller && own.keptUntil > performance.now() ? own.item : undefined;
  }

  private removeOld(): void {
    const now = performance.now();
    for (const [id, { keptUntil }] of this.items) {
      if (keptUntil > now) return;
      this.remove(id);
    }
  }

  private remove(id: string): void {
    const { caller, bytes } = this.items.get(id)!;
    this.items.delete(id);
    this.bytes -= bytes;
    const own = this.callers.get(caller)!;
    own.bytes -= bytes;
    own.ids.delete(id);
    if (own.ids.size === 0) this.callers.delete(caller);
  }
}
