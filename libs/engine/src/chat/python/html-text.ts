import { Markup, type Value } from './values.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** `markupsafe.escape` of a text. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (letter) => ESCAPES[letter]!);
}

/** The side of a sum with text that is marked as HTML; undefined for what is no text. */
export function asMarkup(value: Value): Markup | undefined {
  if (value instanceof Markup) return value;
  return typeof value === 'string' ? new Markup(escapeHtml(value)) : undefined;
}
