import { batch, signal } from '@preact/signals';

/** State of the page's key. */
type KeyState = 'unknown' | 'needed' | 'refused' | 'given';

/** In memory only: no storage, URL, cookie or log line has it, and a reload forgets it. */
let key: string | undefined;

export const keyState = signal<KeyState>('unknown');
/** Name shown in the header: `default` for the well-known key. */
export const keyName = signal('none');
/** The key form is open although the page has a key. */
export const isAskedFor = signal(false);
/** Counts the keys that were given: what depends on the key begins again when it changes. */
export const keyNumber = signal(0);

export function giveKey(value: string, name = 'yours'): void {
  key = value;
  batch(() => {
    keyName.value = name;
    keyState.value = 'given';
    isAskedFor.value = false;
    keyNumber.value += 1;
  });
}

/** The server answered 401. */
export function refuseKey(): void {
  key = undefined;
  keyName.value = 'none';
  keyState.value = 'refused';
}

/** There is no key that the page could try. */
export function needKey(): void {
  keyState.value = 'needed';
}

/** Headers of a request of this caller. */
export function keyHeaders(): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}
