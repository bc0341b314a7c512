import type { Terminal } from '../terminal/terminal.js';
import { accessLine, type LogLine } from './access-line.js';

/** Beginnings of warnings that are not shown: the banner has the address and the key, and the default webhook secret is fine on loopback. */
const TOLD_BY_BANNER = /^Listening on |^WEBHOOK_HMAC_SECRET is /;

/** Takes the server's log of JSON lines, and prints requests, warnings and errors. */
export class TerminalLog {
  constructor(private readonly terminal: Terminal) {}

  write(text: string): void {
    const line = JSON.parse(text) as LogLine;
    if (line.endpoint !== undefined) this.terminal.print(accessLine(line));
    else if (line.level === 'warn' && !TOLD_BY_BANNER.test(line.msg)) this.terminal.warn(messageOf(line));
    else if (line.level === 'error' || line.level === 'fatal') this.terminal.fail(messageOf(line));
  }
}

function messageOf({ msg, err }: LogLine): string {
  return msg || err?.message || 'an error without a message';
}
