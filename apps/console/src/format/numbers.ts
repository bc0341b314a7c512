/** Shown where there is no sample: never a 0. */
export const NONE = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A duration with its unit: "0.4 ms", "10.4 ms", "46 ms", "1.32 s", "12.3 s", "2 min 5 s". */
export function duration(ms: number | null | undefined): string {
  if (!isNumber(ms)) return NONE;
  const { value, unit } = durationParts(ms);
  return unit === '' ? value : `${value} ${unit}`;
}

/** The number and the unit of {@link duration}, for figures that show them apart. */
export function durationParts(ms: number | null | undefined): { value: string; unit: string } {
  if (!isNumber(ms)) return { value: NONE, unit: '' };
  if (ms < 20) return { value: ms === 0 ? '0' : ms.toFixed(1), unit: 'ms' };
  if (ms < 999.5) return { value: whole.format(ms), unit: 'ms' };
  if (ms < 9_995) return { value: (ms / 1000).toFixed(2), unit: 's' };
  if (ms < 99_950) return { value: (ms / 1000).toFixed(1), unit: 's' };
  const seconds = Math.round(ms / 1000);
  const [large, small, units] = seconds < 3600 ? [60, 1, ['min', 's']] : [3600, 60, ['h', 'min']];
  return {
    value: `${Math.floor(seconds / large)} ${units[0]} ${Math.floor((seconds % large) / small)} ${units[1]}`,
    unit: '',
  };
}

/** A wait as a rough estimate: "0.4 s", "4 s", "2 min". */
export function roughly(ms: number): string {
  if (ms < 950) return `${Math.max(0.1, ms / 1000).toFixed(1)} s`;
  if (ms < 99_500) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A count, with commas: "1,024". */
export function count(value: number | null | undefined): string {
  return isNumber(value) ? whole.format(value) : NONE;
}

/** A count in at most four characters: "487", "1.9k", "12k", "3.4M". */
export function compact(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE;
  if (value < 9.95) return value === 0 ? '0' : value.toFixed(1);
  if (value < 999.5) return whole.format(value);
  const [scaled, suffix] = value < 999_500 ? [value / 1000, 'k'] : [value / 1e6, 'M'];
  return (scaled < 9.95 ? scaled.toFixed(1) : whole.format(scaled)) + suffix;
}

/** A size, in powers of ten: "272 MB", "1.9 GB". */
export function bytes(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const scaled = value / 1000 ** power;
  return `${power > 2 && scaled < 99.95 ? scaled.toFixed(1) : whole.format(scaled)} ${units[power]}`;
}

/** A share of 0 to 1: "41 %"; with a digit: "31.2 %". */
export function percent(share: number | null | undefined, digits = 0): string {
  return isNumber(share) ? `${(share * 100).toFixed(digits)} %` : NONE;
}

/** "1 token", "37 tokens". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** "1st", "2nd", "3rd", "11th". */
export function ordinal(value: number): string {
  const ending = new Intl.PluralRules('en-US', { type: 'ordinal' }).select(value);
  return `${count(value)}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[ending]}`;
}

/** A moment as "14:02:11". */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB');
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
