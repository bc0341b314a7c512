import { rateText, sizesText, timeLeftText } from '../text/numbers.js';
import { oneLine } from '../text/printable.js';

/** Progress in bytes. */
export interface BarState {
  done: number;
  total: number;
  /** Bytes per second; undefined until known. */
  perSecond: number | undefined;
  /** The current file's name. */
  label: string;
  /** True once the checksums are good: only then the bar is full. */
  isChecked: boolean;
}

/** Below this many columns there is no bar, and neither sizes nor names. */
const NARROW_COLUMNS = 50;
const BAR_WIDTH = 34;
const MIN_BAR_WIDTH = 10;

/** A progress bar that fits in so many columns; parts at its end are left out first. */
export function barLine(state: BarState, columns: number, isUnicode: boolean): string {
  const { done, total, perSecond, label, isChecked } = state;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const percent = `${String(percentOf(share, isChecked)).padStart(3)} %`;
  const rate = perSecond === undefined ? '' : rateText(perSecond);
  if (columns < NARROW_COLUMNS) return joined([percent, rate]);
  const left = perSecond && !isChecked ? `${timeLeftText((total - done) / perSecond)} left` : '';
  const parts = [percent, sizesText(done, total), rate, left, oneLine(label)];
  // The cell behind the last one makes some terminals wrap.
  while (parts.length > 1 && joined(parts).length + MIN_BAR_WIDTH + 1 > columns - 1) parts.pop();
  const text = joined(parts);
  const width = Math.min(BAR_WIDTH, columns - 2 - text.length);
  return `${bar(share, width, isUnicode)} ${text}`;
}

/** Whole percent; 100 only with good checksums. */
export function percentOf(share: number, isChecked: boolean): number {
  return isChecked ? 100 : Math.min(99, Math.floor(share * 100));
}

/** A bar alone: `━━━━━╸────`. */
export function bar(share: number, width: number, isUnicode: boolean): string {
  const halves = Math.floor(share * width * 2);
  const full = Math.floor(halves / 2);
  if (!isUnicode) return '#'.repeat(full) + '-'.repeat(width - full);
  const half = halves % 2 === 1 ? '╸' : '';
  return '━'.repeat(full) + half + '─'.repeat(width - full - half.length);
}

function joined(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .join('  ')
    .trimStart();
}
