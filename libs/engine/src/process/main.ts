/**
 * The engine process: one model, driven by messages of its parent (see protocol.ts). It lives as long as the channel
 * to the parent; signals of a terminal are the parent's to handle.
 */
import { setImmediate } from 'node:timers/promises';
import { isAppError } from '@frontier/errors';
import { Engine } from '../engine.js';
import { asEngineError, engineError } from '../engine.errors.js';
import type { GenerationRequest } from '../generation-request.js';
import { loadModel } from '../load-model.js';
import type { EngineCommand, EngineEvent, EngineProcessOptions } from './protocol.js';

let engine: Engine | undefined;
let looping = false;

process.on('message', (command: EngineCommand) => {
  switch (command.type) {
    case 'load':
      void load(command.options);
      break;
    case 'submit':
      submit(command.request);
      break;
    case 'cancel':
      engine?.cancel(command.id);
      break;
    case 'tokenize':
      attempt(command.id, (ready) => {
        const tokens = ready.tokenize(command.text, command.addSpecialTokens);
        send({ type: 'tokenized', id: command.id, tokens });
      });
      break;
    case 'detokenize':
      attempt(command.id, (ready) => {
        send({ type: 'detokenized', id: command.id, text: ready.detokenize(command.tokens) });
      });
      break;
    case 'ping':
      send({ type: 'pong' });
      break;
  }
});
process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

function send(event: EngineEvent): void {
  // Without a channel there is nobody left to tell; the disconnect handler ends the process.
  if (process.connected) process.send!(event);
}

async function load(options: EngineProcessOptions): Promise<void> {
  const startedAt = performance.now();
  try {
    const model = await loadModel(options);
    const loaded = new Engine(model, options);
    await warmUp(loaded);
    engine = loaded;
    const { provider, graphOrigin, warnings, fingerprint, chatTemplate, defaults = {} } = model;
    send({
      type: 'loaded',
      info: {
        architecture: model.config.architecture,
        contextLength: loaded.contextLength,
        loadMs: performance.now() - startedAt,
        provider,
        graphOrigin,
        warnings,
        fingerprint,
        chatTemplate,
        defaults,
      },
    });
  } catch (error) {
    send({ type: 'load_failed', error: asEngineError(error).serialize() });
  }
}

/** The first passes allocate the runtime's arena and compile the hot functions; callers should not wait for that. */
async function warmUp(target: Engine): Promise<void> {
  const params = { maxNewTokens: 8, ignoreEos: true };
  try {
    target.add({ id: 'warm-up', prompt: 'Hello, world', params });
  } catch (error) {
    // Where not even this prompt fits, there is nothing to warm up.
    if (isAppError(error) && error.code === 'context_length_exceeded') return;
    throw error;
  }
  while (target.hasWork) {
    const failure = (await target.step())?.outputs.find((output) => output.error)?.error;
    if (failure) throw engineError(`The warm-up failed: ${failure.message}`);
  }
}

function submit(request: GenerationRequest): void {
  attempt(request.id, (ready) => {
    ready.add(request);
    if (!looping) void loop(ready);
  });
}

/** Does what a message asks for, or tells why not. */
function attempt(id: string, work: (ready: Engine) => void): void {
  try {
    if (!engine) throw new Error('Bug: a request came before the model was loaded.');
    work(engine);
  } catch (error) {
    send({ type: 'rejected', id, error: asEngineError(error).serialize() });
  }
}

/** `session.run` yields to the event loop before each pass, so commands are taken between any two passes. */
async function loop(target: Engine): Promise<void> {
  looping = true;
  while (target.hasWork) {
    const report = await target.step();
    if (report) send({ type: 'step', report });
    else await setImmediate();
  }
  looping = false;
  send({ type: 'idle' });
}
