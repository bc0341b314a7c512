import { reportError } from '../cli/report-error.js';
import { toCommandError } from '../cli/to-command-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { printable } from '../text/printable.js';
import { type Chat, type ChatAnswer, speedText } from './chat.js';
import { type ChatAction, runChatCommand } from './chat-commands.js';
import { LineReader } from './line-reader.js';

/** A chat in a terminal, until Ctrl-D. Errors are shown, and the chat goes on. */
export class ChatSession {
  private answering: AbortController | undefined;
  private readonly reader: LineReader;

  constructor(
    private readonly chat: Chat,
    private readonly terminal: Terminal,
    private readonly isVerbose: boolean,
  ) {
    this.reader = new LineReader(process.stdin, terminal.stdout, { onInterrupt: (isEmpty) => this.interrupt(isEmpty) });
  }

  async run(): Promise<void> {
    try {
      for (let message = await this.reader.next(); message; message = await this.reader.next()) {
        const { text, isLine } = message;
        if (text.trim() === '') continue;
        const action = isLine && text.startsWith('/') ? this.obey(text) : ({ type: 'send', text } as const);
        if (action.type === 'end') return;
        if (action.type === 'say') this.terminal.note(this.dim(printable(action.text)));
        else await this.answer(action.text);
      }
      this.terminal.stderr.write('\n');
    } finally {
      this.reader.close();
    }
  }

  private obey(line: string): ChatAction {
    try {
      return runChatCommand(this.chat, line);
    } catch (error) {
      this.tell(error);
      return { type: 'say', text: '' };
    }
  }

  private async answer(text: string): Promise<void> {
    this.answering = new AbortController();
    let isLineOpen = false;
    const onText = (piece: string): void => {
      this.terminal.stdout.write(printable(piece));
      isLineOpen = !piece.endsWith('\n');
    };
    try {
      const answer = await this.chat.send(text, onText, this.answering.signal);
      if (isLineOpen) this.terminal.stdout.write('\n');
      this.terminal.note(this.dim(`  ${speedText(answer)}`));
      if (answer.chances.length > 0) this.terminal.note(this.dim(chancesText(answer)));
    } catch (error) {
      if (isLineOpen) this.terminal.stdout.write('\n');
      this.tell(error);
    } finally {
      this.answering = undefined;
    }
  }

  private interrupt(isEmpty: boolean): void {
    if (this.answering) return this.answering.abort();
    this.terminal.stderr.write(isEmpty ? `\n${this.dim('Ctrl-D ends.')}\n` : '\n');
    this.reader.prompt();
  }

  private tell(error: unknown): void {
    reportError(toCommandError(error), this.terminal, this.isVerbose);
  }

  private dim(text: string): string {
    return this.terminal.styled('dim', text, this.terminal.stderr);
  }
}

/** Each token with its probability: `"Once" 31 %  " upon" 97 %`. */
function chancesText({ chances }: ChatAnswer): string {
  return `  ${chances.map(({ token, logprob }) => `${JSON.stringify(printable(token))} ${Math.round(100 * Math.exp(logprob))} %`).join('  ')}`;
}
