import { rateText, sizesText } from '../text/numbers.js';
import { barLine, percentOf } from '../terminal/bar-line.js';
import { LiveRegion } from '../terminal/live-region.js';
import type { Terminal } from '../terminal/terminal.js';
import { Speed } from './speed.js';

const REDRAW_MS = 100;
const EVENT_MS = 1000;
const STALL_MS = 10_000;
const LINE_PERCENT = 10;
const MIN_LINE_MS = 5000;
const MAX_LINE_MS = 60_000;

/**
 * The progress of a download: a bar in a terminal, a line per ten percent elsewhere, an event a second with `--json`. It never goes
 * backwards.
 */
export class ByteProgress {
  private readonly speed = new Speed();
  private readonly region: LiveRegion | undefined;
  private readonly timer: NodeJS.Timeout;
  private state = { done: 0, total: 0, label: '', isChecked: false };
  private movedAt = performance.now();
  private writtenAt = performance.now();
  private writtenPercent = 0;

  constructor(private readonly terminal: Terminal) {
    const isDrawn = terminal.canRedraw(terminal.stderr) && !terminal.isQuiet;
    this.region = isDrawn ? new LiveRegion(terminal, terminal.stderr) : undefined;
    this.timer = setInterval(() => this.show(), this.region ? REDRAW_MS : EVENT_MS).unref();
  }

  update(done: number, total: number, label = ''): void {
    if (done > this.state.done) this.movedAt = performance.now();
    this.state = { ...this.state, done: Math.max(done, this.state.done), total, label };
    this.speed.note(this.state.done);
  }

  /** Leaves the full bar of a download whose files were checked; removes that of another one. */
  end(isChecked: boolean): void {
    clearInterval(this.timer);
    this.state.isChecked = isChecked;
    if (this.region) this.region.end(isChecked ? [this.bar()] : []);
    else if (isChecked) this.show();
  }

  private show(): void {
    if (this.state.total === 0) return;
    if (this.terminal.isJson) this.event();
    else if (this.region) this.region.draw([this.bar()]);
    else this.line();
  }

  private bar(): string {
    const { terminal, state, speed } = this;
    const isStalled = performance.now() - this.movedAt > STALL_MS && !state.isChecked;
    const shown = isStalled ? { ...state, label: 'waiting for the hub' } : state;
    const perSecond = isStalled ? undefined : speed.perSecond;
    return barLine({ ...shown, perSecond }, terminal.width(terminal.stderr), terminal.isUnicode);
  }

  private event(): void {
    const { done, total } = this.state;
    this.terminal.printJson({ event: 'progress', done, total, bytes_per_s: Math.round(this.speed.perSecond ?? 0) });
  }

  private line(): void {
    const { done, total, isChecked } = this.state;
    const percent = percentOf(done / total, isChecked);
    const age = performance.now() - this.writtenAt;
    const isDue = percent >= this.writtenPercent + LINE_PERCENT && age >= MIN_LINE_MS;
    if (!isDue && age < MAX_LINE_MS && !(isChecked && this.writtenPercent > 0)) return;
    this.writtenAt = performance.now();
    this.writtenPercent = percent - (percent % LINE_PERCENT);
    const rate = this.speed.perSecond;
    this.terminal.note(`pull: ${percent} % ${sizesText(done, total)}${rate === undefined ? '' : ` ${rateText(rate)}`}`);
  }
}
