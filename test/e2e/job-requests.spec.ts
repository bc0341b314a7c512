import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JobView, JobsServer, SHORT } from '../support/jobs-server.ts';

describe('the routes of jobs', () => {
  let jobs: JobsServer;
  afterEach(() => jobs.close());

  it('list jobs by pages, and only to their owners', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-keys-'));
    const file = join(folder, 'keys.yaml');
    const keys = ['one', 'two'].map((name) => `  - { name: ${name}, sha256: ${hash('sha256', `token-${name}`)} }\n`);
    writeFileSync(file, `keys:\n${keys.join('')}`);
    jobs = await JobsServer.start({ API_KEYS_FILE: file });
    const as = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await jobs.post('/v1/jobs', SHORT, as('token-one')))[1].id);
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: JobView[]; next_cursor: string | null } = await jobs.get(
        `/v1/jobs?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
        'token-one',
      );
      pages.push(page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect([pages.map((page) => page.length), new Set(pages.flat())]).toEqual([[2, 2, 1], new Set(ids)]);
    expect((await jobs.get<{ data: JobView[] }>('/v1/jobs', 'token-two')).data).toEqual([]);
    expect(await jobs.get(`/v1/jobs/${ids[0]}`, 'token-two')).toMatchObject({ status: 404, code: 'job_not_found' });
    expect((await jobs.post(`/v1/jobs/${ids[0]}/cancel`, '', as('token-two')))[0]).toBe(404);
    expect(await jobs.get(`/v1/jobs/${ids[0]}`)).toMatchObject({ id: ids[0] });
    expect(await jobs.get('/admin/jobs/dead-letters', 'token-one')).toMatchObject({ status: 403 });
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'status=gone']) {
      expect(await jobs.get(`/v1/jobs?${query}`, 'token-one')).toMatchObject({ status: 422, code: 'invalid_request' });
    }
    rmSync(folder, { recursive: true });
  });
});

describe('a job', () => {
  let jobs: JobsServer;
  beforeAll(async () => {
    jobs = await JobsServer.start({ WEBHOOK_ALLOWED_HOSTS: '' });
  });
  afterAll(() => jobs.close());

  it.each<[object, number, string]>([
    [{ prompt: '' }, 422, 'invalid_request'],
    [{ ...SHORT, model: 'gpt-5' }, 404, 'model_not_found'],
    [{ ...SHORT, callback_url: 'ftp://example.com' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://user:pass@example.com' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://192.168.1.1/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://localhost:8080/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://[::1]/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://169.254.169.254/latest/meta-data' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://2130706433/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_secret: 'short' }, 422, 'invalid_request'],
    [{ ...SHORT, callback_url: 'https://example.com', callback_secret: 'whsec_!!!!!!!!!!!!' }, 422, 'invalid_request'],
    [{ ...SHORT, priority: 'urgent' }, 422, 'invalid_request'],
    [{ ...SHORT, expires_in: 0 }, 422, 'invalid_request'],
    [{ ...SHORT, callbackUrl: 'x' }, 422, 'invalid_request'],
  ])('is refused: %j', async (body, status, code) => {
    expect(await jobs.post('/v1/jobs', body)).toMatchObject([status, { code }]);
  });
});
