/** A server-sent event. `event` is `message` where the server names none. */
interface ServerSentEvent {
  event: string;
  data: string;
}

/** An event that is larger than this ends the stream: the server's own are far smaller. */
const MAX_EVENT_CHARS = 4_194_304;

/**
 * Reads the events of a response as they arrive. Yields comments as events named `comment`. Calls `onChunk` for all bytes that arrive.
 * @throws where an event has more than {@link MAX_EVENT_CHARS} characters
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  onChunk: () => void = () => {},
): AsyncGenerator<ServerSentEvent, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let buffer = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onChunk();
      buffer = (buffer + decoder.decode(value, { stream: true })).replaceAll('\r\n', '\n');
      for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
        const event = parseEvent(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
        if (event) yield event;
      }
      if (buffer.length > MAX_EVENT_CHARS) throw new Error('An event of the server is too large.');
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  let event = 'message';
  const data: string[] = [];
  let isComment = false;
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) isComment = true;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  if (data.length > 0) return { event, data: data.join('\n') };
  return isComment ? { event: 'comment', data: '' } : undefined;
}
