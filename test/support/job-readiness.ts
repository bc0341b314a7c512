import { expect } from 'vitest';
import { type TestServer, waitFor } from './server.ts';

interface Ready {
  status: string;
  degraded?: string[];
}

async function readiness(server: TestServer): Promise<[number, Ready]> {
  const response = await fetch(`${server.url}/readyz`);
  return [response.status, (await response.json()) as Ready];
}

/** Waits until `/readyz` reports that jobs are not available, and the reason. */
export async function jobsDegraded(server: TestServer, reason: RegExp): Promise<void> {
  await waitFor(async () => {
    const [status, { degraded = [] }] = await readiness(server);
    expect(status).toBe(200);
    return degraded.some((text) => reason.test(text));
  });
}

/** Waits until `/readyz` no longer reports that jobs are not available. */
export async function jobsRestored(server: TestServer, timeoutMs?: number): Promise<void> {
  await waitFor(async () => !(await readiness(server))[1].degraded?.some((text) => text.startsWith('jobs')), timeoutMs);
}
