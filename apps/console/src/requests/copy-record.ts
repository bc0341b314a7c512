import { requests } from '../live/live-store.js';
import { announce } from '../shell/announcer.js';

/** Copies the record of a request as JSON. */
export function copyRecord(id: string | undefined): void {
  const record = requests.value.find((request) => request.id === id);
  if (!record) return;
  void navigator.clipboard.writeText(JSON.stringify(record, null, 2)).then(() => announce('The record is copied'));
}
