/**
 * The engine process: one model, driven by messages of its parent (see protocol.ts). It lives as long as the channel
 * to the parent; signals of a terminal are the parent's to handle.
 */
import { setImmediate } from 'node:timers/promises';
import { Engine } from '../engine/engine.js';
import { asEngineError, asRequestError, engineError } from '../errors/engine.errors.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import { loadModel } from '../load/load-model.js';
import { buildProgress } from './build-progress.js';
import type { EngineCommand, EngineEvent, EngineProcessOptions } from './protocol.js';

/** Every vocabulary has a token 0. */
const WARM_UP_PROMPT = [0, 0, 0, 0];

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
      engine?.cancel(command.id, () => send({ type: 'removed', id: command.id }));
      break;
    case 'ping':
      send({ type: 'pong' });
      break;
  }
});
process.on('disconnect', () => process.exit());

function send(event: EngineEvent): void {
  // Without a channel the parent is gone; the disconnect handler ends the process.
  if (process.connected) process.send!(event);
}

async function load(options: EngineProcessOptions): Promise<void> {
  const startedAt = performance.now();
  try {
    const model = await loadModel(
      options,
      buildProgress((line) => process.stdout.write(`${line}\n`)),
    );
    const loaded = new Engine(model, options);
    await warmUp(loaded);
    engine = loaded;
    const { provider, graphOrigin, warnings, fingerprint, defaults = {}, plugin } = model;
    send({
      type: 'loaded',
      info: {
        kind: 'decoder',
        architecture: model.config.architecture,
        contextLength: loaded.contextLength,
        vocabSize: model.config.vocabSize,
        loadMs: performance.now() - startedAt,
        provider,
        graphOrigin,
        warnings,
        fingerprint,
        defaults,
        ...(plugin && { logitsProcessors: Object.keys(plugin.logitsProcessors ?? {}) }),
      },
    });
  } catch (error) {
    send({ type: 'load_failed', error: asEngineError(error).serialize() });
  }
}

/** Allocates the runtime's arena and compiles the hot functions, so that callers need not wait for that. */
async function warmUp(target: Engine): Promise<void> {
  // Where not even this prompt fits, there is nothing to warm up.
  if (target.contextLength <= WARM_UP_PROMPT.length) return;
  target.add({ id: 'warm-up', prompt: WARM_UP_PROMPT, params: { maxNewTokens: 8, ignoreEos: true } });
  while (target.hasWork) {
    const failure = (await target.step())?.outputs.find((output) => output.error)?.error;
    if (failure) throw engineError(`The warm-up failed: ${failure.message}`);
  }
}

function submit(request: GenerationRequest): void {
  try {
    if (!engine) throw new Error('Bug: a request came before the model was loaded.');
    engine.add(request);
    if (!looping) void loop(engine);
  } catch (error) {
    send({ type: 'rejected', id: request.id, error: asRequestError(error).serialize() });
  }
}

/** `session.run` yields to the event loop before each pass, so commands are taken between any two passes. */
async function loop(target: Engine): Promise<void> {
  looping = true;
  while (target.hasWork) {
    const report = await target.step();
    if (report) {
      for (const { error } of report.outputs)
        if (error?.code === 'plugin_failed') process.stdout.write(`${error.message}\n`);
      send({ type: 'step', report });
    } else await setImmediate();
  }
  looping = false;
  send({ type: 'idle' });
}
