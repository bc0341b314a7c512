/** Sent by `frontier serve` to the process that started it, where that has opened a channel: its log need not be read. */
export interface ListeningMessage {
  /** The server's address. */
  listening: string;
}
