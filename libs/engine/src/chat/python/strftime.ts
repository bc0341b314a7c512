import { TemplateFault } from './chat-template.errors.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const padded = (value: number, width = 2): string => String(value).padStart(width, '0');
const hour12 = (date: Date): number => date.getHours() % 12 || 12;

function dayOfYear(date: Date): number {
  const day = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000;
  return day(date) - day(new Date(date.getFullYear(), 0, 1)) + 1;
}

/** Directives in the C locale, which is Python's own; `-` is the GNU C library's flag for no padding. */
const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  '%': () => '%',
  A: (date) => DAYS[date.getDay()]!,
  a: (date) => DAYS[date.getDay()]!.slice(0, 3),
  B: (date) => MONTHS[date.getMonth()]!,
  b: (date) => MONTHS[date.getMonth()]!.slice(0, 3),
  d: (date) => padded(date.getDate()),
  '-d': (date) => String(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2, ' '),
  F: (date) => `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`,
  H: (date) => padded(date.getHours()),
  I: (date) => padded(hour12(date)),
  j: (date) => padded(dayOfYear(date), 3),
  M: (date) => padded(date.getMinutes()),
  m: (date) => padded(date.getMonth() + 1),
  '-m': (date) => String(date.getMonth() + 1),
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  S: (date) => padded(date.getSeconds()),
  T: (date) => `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}`,
  Y: (date) => String(date.getFullYear()),
  y: (date) => padded(date.getFullYear() % 100),
};

const DIRECTIVE = /%(-?[^])?/g;

/** The first directive of a format that is not supported. */
export function unknownDirective(format: string): string | undefined {
  for (const [whole, name] of format.matchAll(DIRECTIVE)) if (name === undefined || !DIRECTIVES[name]) return whole;
  return undefined;
}

/** `datetime.strftime` of local time. */
export function formatTime(date: Date, format: string): string {
  const unknown = unknownDirective(format);
  if (unknown !== undefined) throw new TemplateFault(`strftime_now's ${unknown} is not supported.`);
  return format.replace(DIRECTIVE, (_, name: string) => DIRECTIVES[name]!(date));
}
