import { requests } from '../live/live-store.js';
import { announce } from '../shell/announcer.js';
import { copyText } from '../shell/copy-text.js';

/** Copies the record of a request as JSON. */
export async function copyRecord(id: string | undefined): Promise<void> {
  const record = requests.value.find((request) => request.id === id);
  if (record && (await copyText(JSON.stringify(record, null, 2)))) announce('The record is copied');
}

/** The same for the request that has the focus. */
export function copyFocusedRecord(): void {
  void copyRecord(document.activeElement?.closest<HTMLElement>('[data-request]')?.dataset.request);
}
