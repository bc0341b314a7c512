import { fastify as createFastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { requireLoopbackHosts } from './loopback-hosts.js';

async function statusOf(host: string, url = '/', options = { everywhere: true, webhooks: true }): Promise<number> {
  const fastify = createFastify();
  requireLoopbackHosts(fastify, options);
  for (const path of ['/', '/webhooks/ingest']) fastify.get(path, () => 'ok');
  return (await fastify.inject({ url, headers: { host } })).statusCode;
}

describe(requireLoopbackHosts, () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9:80',
    '[::1]:8080',
    '[::1]',
    'localhost',
    'LOCALHOST:1',
    'app.localhost',
    'localhost.',
  ])('lets requests for %s pass', async (host) => {
    expect(await statusOf(host)).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'notlocalhost',
    'localhost.evil.example',
    '[::2]',
    '10.0.0.1',
  ])('refuses requests for %s', async (host) => {
    expect(await statusOf(host)).toBe(403);
  });

  it('guards the webhooks alone where only their secret is well known', async () => {
    const options = { everywhere: false, webhooks: true };
    expect(await statusOf('evil.example', '/', options)).toBe(200);
    expect(await statusOf('evil.example', '/webhooks/ingest', options)).toBe(403);
  });

  it('guards nothing where neither is well known', async () => {
    expect(await statusOf('evil.example', '/', { everywhere: false, webhooks: false })).toBe(200);
  });
});
