import { Agent, request } from 'node:http';

/** A server of OpenAI's embeddings. */
export interface Endpoint {
  /** Of the route. */
  url: string;
  headers?: Record<string, string>;
  model: string;
}

/** Answers of callers, each of which asks again when it has its answer. */
export interface LoopResult {
  perSecond: number;
  /** Of each request, in milliseconds. */
  latencies: number[];
}

/** Callers of a server over connections that are kept. */
export class Callers {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** Lets callers ask for the vectors of one text after the other, for so many seconds. */
  async loop(texts: readonly string[], callers: number, seconds: number): Promise<LoopResult> {
    const latencies: number[] = [];
    const startedAt = performance.now();
    const deadline = startedAt + 1000 * seconds;
    let next = 0;
    const call = async (): Promise<void> => {
      while (performance.now() < deadline) latencies.push(await this.ask(texts[next++ % texts.length]));
    };
    await Promise.all(Array.from({ length: callers }, call));
    return { perSecond: (1000 * latencies.length) / (performance.now() - startedAt), latencies };
  }

  /** Asks for vectors as OpenAI's clients do; returns the time that it took, in milliseconds. */
  ask(input: string | readonly string[]): Promise<number> {
    const { url, headers, model } = this.endpoint;
    const body = JSON.stringify({ model, input, encoding_format: 'base64' });
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(url, {
        agent: this.agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      });
      asked.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const elapsedMs = performance.now() - startedAt;
          if (response.statusCode === 200) resolve(elapsedMs);
          else reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
