import { signal } from '@preact/signals';
import { isAskedFor } from '../session/key.js';
import { open, type View } from './router.js';
import { toggleTheme } from './theme.js';

/** The dialog that lists the keys is open. */
export const isHelpOpen = signal(false);
/** Single letters do something; the dialog can switch them off. */
export const hasLetters = signal(true);

/** Handlers of a view, by name of the key. */
type Keys = Record<string, (() => void) | undefined>;

const VIEW_KEYS: Readonly<Record<string, View>> = {
  p: 'play',
  l: 'live',
  m: 'models',
  r: 'requests',
  j: 'jobs',
  e: 'embed',
};

let viewKeys: Keys = {};
let isAfterG = false;

/** Gives the view that is shown its keys; returns what takes them away. */
export function setViewKeys(keys: Keys): () => void {
  viewKeys = keys;
  return () => {
    if (viewKeys === keys) viewKeys = {};
  };
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const handler = handlerOf(event);
    if (!handler) return;
    event.preventDefault();
    handler();
  });
}

function handlerOf(event: KeyboardEvent): (() => void) | undefined {
  const { key } = event;
  const target = event.target as HTMLElement;
  if (key === 'Escape') return escape();
  if (isText(target) || document.querySelector('dialog[open]')) return undefined;
  const afterG = isAfterG;
  isAfterG = false;
  if (key === ' ') return isControl(target) ? undefined : viewKeys[' '];
  if (key === '?') return () => (isHelpOpen.value = true);
  if (!hasLetters.value) return undefined;
  if (afterG && key in VIEW_KEYS) return () => open(VIEW_KEYS[key]);
  if (key === 'g') return () => (isAfterG = true);
  if (key === 't') return toggleTheme;
  if (key === 'k') return () => (isAskedFor.value = true);
  return key.length === 1 ? viewKeys[key] : undefined;
}

function escape(): (() => void) | undefined {
  if (isHelpOpen.value) return undefined;
  return isAskedFor.value ? () => (isAskedFor.value = false) : viewKeys.Escape;
}

function isText(element: HTMLElement): boolean {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function isControl(element: HTMLElement): boolean {
  return /^(BUTTON|A|SUMMARY)$/.test(element.tagName) || element.closest('[tabindex="0"]') !== null;
}
