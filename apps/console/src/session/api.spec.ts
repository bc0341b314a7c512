import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, send } from './api.js';
import { giveKey, keyHeaders, keyState } from './key.js';

describe(send, () => {
  let refuse: () => void;
  beforeEach(() => {
    vi.stubGlobal('location', { href: 'http://server/console/' });
    vi.stubGlobal('fetch', () => {
      return new Promise((resolve) => (refuse = () => resolve(new Response('{}', { status: 401 }))));
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('forgets a key that the server refuses', async () => {
    giveKey('old');
    const sent = send('/v1/models');
    refuse();
    await expect(sent).rejects.toThrow(ApiError);
    expect([keyState.value, keyHeaders()]).toEqual(['refused', {}]);
  });

  it('keeps a key that was given after the refused one was sent', async () => {
    giveKey('old');
    const sent = send('/v1/models');
    giveKey('new');
    refuse();
    await expect(sent).rejects.toThrow(ApiError);
    expect([keyState.value, keyHeaders()]).toEqual(['given', { authorization: 'Bearer new' }]);
  });
});
