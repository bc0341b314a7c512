import { LIVE_EVENTS, type LiveEventName, type LiveRequest } from '@frontier/live/protocol';
import { expect } from 'vitest';
import { readEvents, waitFor } from './server.ts';

/** A reader of `/v1/live` that keeps all events, and proves that each is as its schema says, with nothing beside. */
export class LiveReader {
  readonly events: { event: LiveEventName; data: Record<string, unknown> }[] = [];
  /** Settles when the stream has ended. */
  readonly ended: Promise<void>;
  private readonly leaver: AbortController;
  /** The reason why it reads no more: mostly an event that is not as its schema says. */
  private failure: unknown;

  private constructor(response: Response, leaver: AbortController) {
    this.leaver = leaver;
    this.ended = this.read(response);
    this.ended.catch((error: unknown) => {
      if (!leaver.signal.aborted) this.failure = error;
    });
  }

  static async open(url: string, token: string): Promise<LiveReader> {
    const leaver = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/v1/live`, { headers, signal: leaver.signal });
    if (response.status !== 200) throw new Error(await response.text());
    const reader = new LiveReader(response, leaver);
    await waitFor(() => reader.events.length > 0);
    return reader;
  }

  /** All data of one event. */
  of<T = Record<string, unknown>>(name: LiveEventName): T[] {
    if (this.failure !== undefined) throw this.failure;
    return this.events.filter(({ event }) => event === name).map(({ data }) => data as T);
  }

  /** The newest state of each request that it knows of. */
  get requests(): Map<string, LiveRequest> {
    const known = this.of<{ requests: LiveRequest[] }>('hello').flatMap(({ requests }) => requests);
    const changed = this.of<{ up: LiveRequest[] }>('life').flatMap(({ up }) => up);
    return new Map([...known, ...changed].map((request) => [request.id, request]));
  }

  /** A request, once it has ended. */
  async end(id: string): Promise<LiveRequest & { end: NonNullable<LiveRequest['end']> }> {
    await waitFor(() => this.requests.get(id)?.end !== undefined);
    return this.requests.get(id) as LiveRequest & { end: NonNullable<LiveRequest['end']> };
  }

  async close(): Promise<void> {
    this.leaver.abort();
    await this.ended.catch(() => {});
  }

  private async read(response: Response): Promise<void> {
    for await (const { event, data } of readEvents(response)) {
      const name = event as LiveEventName;
      this.events.push({ event: name, data });
      expect(LIVE_EVENTS[name].parse(data)).toEqual(data);
    }
  }
}
