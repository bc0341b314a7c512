const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size as people read it: `12 MB`, `1.3 GB`. Decimal, as the hub counts. */
export function sizeText(bytes: number): string {
  const [value, unit] = scaled(bytes);
  return `${value} ${unit}`;
}

/** Two sizes in one unit: `166 of 272 MB`. */
export function sizesText(done: number, total: number): string {
  const [, unit, power] = scaled(total);
  const inUnit = (bytes: number): string => shortened(bytes / 1000 ** power);
  return `${inUnit(done)} of ${inUnit(total)} ${unit}`;
}

/** A size of memory in binary units, for machines: `24 GiB`. */
export function memoryText(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib < 1 ? `${gib.toFixed(1)} GiB` : `${Number(gib.toFixed(gib < 10 ? 1 : 0))} GiB`;
}

/** A duration: `46 ms`, `1.32 s`, `15 s`, `3 min`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 119_500) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A whole number with separators: `1,024`. */
export function countText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Parses a size such as `4GB`, `512 MiB` or `1000`; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const [, digits, prefix = '', binary] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(prefix.toLowerCase());
  return Math.round(Number(digits) * (binary ? 1024 : 1000) ** power);
}

function scaled(bytes: number): [value: string, unit: string, power: number] {
  let power = 0;
  while (power < UNITS.length - 1 && bytes / 1000 ** power >= 999.5) power++;
  return [shortened(bytes / 1000 ** power), UNITS[power], power];
}

/** Two digits below 10, whole numbers above. */
function shortened(value: number): string {
  const places = value >= 9.95 || Number.isInteger(value) ? 0 : 1;
  return value.toFixed(places);
}

/** Bytes per second: `18.4 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  const [, unit, power] = scaled(bytesPerSecond);
  const value = bytesPerSecond / 1000 ** power;
  return `${value.toFixed(value >= 99.95 || power === 0 ? 0 : 1)} ${unit}/s`;
}

/** Tokens per second after the first one: `100/s`; undefined where there is no second one. */
export function tokenRate(tokens: number, ms: number): string | undefined {
  return tokens > 1 && ms > 0 ? `${Math.round((1000 * (tokens - 1)) / ms)}/s` : undefined;
}

/** Time until an end that is not known exactly: `6 s`, `3 min`. */
export function timeLeftText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}
