import { announce } from './announcer.js';

/**
 * Copies a text, and announces where that fails: on plain HTTP off loopback, browsers give pages no clipboard.
 * @returns whether the text was copied
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    announce('The browser does not let this page copy');
    return false;
  }
}
