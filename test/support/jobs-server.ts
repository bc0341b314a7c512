import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { type Answer, JobReceiver } from './job-receiver.ts';
import { startServer, type TestServer, TOKEN, waitFor } from './server.ts';

type ServerModels = Pick<NonNullable<Parameters<typeof startServer>[0]>, 'yaml' | 'engines'>;

/** The server's webhook secret. */
export const SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;
export const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } };
export const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } };

export interface JobView {
  id: string;
  status: string;
  output?: string;
  attempts: number;
  error?: { code: string };
  links: { self: string };
}

export interface DeliveryView {
  number: number;
  status: string;
  attempts: { at: string; status_code?: number; error?: string }[];
  next_at?: string;
}

/** A server with jobs, and a receiver of their messages. */
export class JobsServer {
  /** The response of the receiver; default: 200. */
  answer: Answer = (response) => response.end();
  readonly server: TestServer;
  readonly receiver: JobReceiver;

  private constructor(server: TestServer, receiver: JobReceiver) {
    this.server = server;
    this.receiver = receiver;
  }

  static async start(env: Record<string, string> = {}, models: ServerModels = {}): Promise<JobsServer> {
    let jobs: JobsServer;
    const answer = (response: ServerResponse, count: number): void => jobs.answer(response, count);
    const receiver = await JobReceiver.start(SECRET, answer);
    const variables = { WEBHOOK_HMAC_SECRET: SECRET, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', ...env };
    jobs = new JobsServer(await startServer({ env: variables, ...models }), receiver);
    return jobs;
  }

  async get<T = JobView>(path: string, token = TOKEN): Promise<T> {
    const response = await fetch(this.server.url + path, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()) as T;
  }

  async post<T = JobView>(path: string, body: unknown, init: RequestInit = {}): Promise<[number, T]> {
    const response = await this.server.post(path, body, init);
    return [response.status, (await response.json()) as T];
  }

  /** Creates a job; returns its id. */
  async accept(body: object): Promise<string> {
    const [status, { id }] = await this.post('/v1/jobs', body);
    expect(status).toBe(202);
    return id;
  }

  /** The job once it has ended. */
  async ended<T extends JobView = JobView>(id: string): Promise<T> {
    let job: T;
    await waitFor(async () => !['queued', 'running'].includes((job = await this.get<T>(`/v1/jobs/${id}`)).status));
    return job!;
  }

  async deliveries(id: string): Promise<DeliveryView[]> {
    return (await this.get<{ data: DeliveryView[] }>(`/v1/jobs/${id}/deliveries`)).data;
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.receiver.close();
  }
}
