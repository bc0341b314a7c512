import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

// The effect never ends, so this spec loads its own copies of the modules.
vi.resetModules();
const { connection } = await import('../live/connection.js');
const { models } = await import('../live/live-store.js');
const { draft } = await import('../request-form/form.js');
const { newChat } = await import('./chat.js');
const { isQueued, sendQueued, submitDraft } = await import('./queued-send.js');

const model = (status: 'loading' | 'ready'): (typeof models)['value'][number] => ({
  id: 'storyteller',
  aliases: [],
  task: 'generate',
  status,
  precision: null,
  provider: null,
  context: null,
  memory: null,
  estimate: null,
  since: 0,
  idle_unload_at: null,
  warnings: [],
});

describe(submitDraft, () => {
  let sent = 0;
  beforeAll(() => {
    vi.stubGlobal('location', { href: 'http://server/console/' });
    vi.stubGlobal('fetch', () => {
      sent += 1;
      return Promise.resolve(Response.json({}, { status: 503 }));
    });
    sendQueued();
  });
  beforeEach(() => {
    newChat();
    isQueued.value = false;
    connection.value = { phase: 'open' };
    models.value = [model('loading')];
    draft.value = 'Hello?';
    sent = 0;
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('waits for a model that loads, with no view that would wait', () => {
    submitDraft();
    expect([sent, draft.value]).toEqual([0, 'Hello?']);
    models.value = [model('ready')];
    expect([sent, draft.value]).toEqual([1, '']);
  });

  it('sends when the live stream is lost meanwhile, and at once where it is', () => {
    submitDraft();
    connection.value = { phase: 'lost', lastHeardAt: null, retryAt: 0, reason: null, refusal: null };
    expect(sent).toBe(1);
    newChat();
    draft.value = 'Hello?';
    submitDraft();
    expect(sent).toBe(1 + 1);
  });

  it('keeps a draft over a change of the key', () => {
    submitDraft();
    connection.value = { phase: 'idle' };
    models.value = [];
    connection.value = { phase: 'connecting' };
    expect([sent, draft.value, isQueued.value]).toEqual([0, 'Hello?', true]);
    models.value = [model('ready')];
    connection.value = { phase: 'open' };
    expect([sent, isQueued.value]).toEqual([1, false]);
  });
});
