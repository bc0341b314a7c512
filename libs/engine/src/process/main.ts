/**
 * The engine process: one model, driven by messages of its parent (see protocol.ts). It lives as long as the channel
 * to the parent; signals of a terminal are the parent's to handle.
 */
import { asEngineError, asRequestError } from '../errors/engine.errors.js';
import { limitMemory } from '../load/memory/memory-limit.js';
import { openModelSource } from '../source/open-model-source.js';
import { buildProgress } from './build-progress.js';
import { EncodingWorker } from './encoding-worker.js';
import { GenerationWorker } from './generation-worker.js';
import type { EngineCommand, EngineEvent, EngineProcessOptions } from './protocol.js';
import { TensorWorker } from './tensor-worker.js';

let worker: GenerationWorker | EncodingWorker | TensorWorker | undefined;

process.on('message', (command: EngineCommand) => {
  switch (command.type) {
    case 'load':
      void load(command.options);
      break;
    case 'submit':
      if (worker instanceof GenerationWorker) worker.submit(command.request);
      else reject(command.request.id);
      break;
    case 'encode':
      if (worker instanceof EncodingWorker) worker.encode(command.request);
      else reject(command.request.id);
      break;
    case 'run':
      if (worker instanceof TensorWorker) worker.run(command.request);
      else reject(command.request.id);
      break;
    case 'cancel':
      if (worker) worker.cancel(command.id);
      else send({ type: 'removed', id: command.id });
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
  try {
    if (options.memoryLimitBytes !== undefined) limitMemory(options.memoryLimitBytes);
    const onLayer = buildProgress((line) => process.stdout.write(`${line}\n`));
    worker = await WORKERS[taskOf(options)].load(options, onLayer, send);
    send({ type: 'loaded', info: worker.info });
  } catch (error) {
    send({ type: 'load_failed', error: asEngineError(error).serialize() });
  }
}

const WORKERS = { generate: GenerationWorker, encode: EncodingWorker, tensor: TensorWorker } as const;

function taskOf({ path, dtype, takesTensors }: EngineProcessOptions): keyof typeof WORKERS {
  const source = openModelSource(path, dtype);
  if (takesTensors) return 'tensor';
  if (source.kind === 'onnx') return source.readTask();
  return source.kind === 'encoder' ? 'encode' : 'generate';
}

function reject(id: string): void {
  const error = asRequestError(new Error('Bug: a request came before its model was loaded, or is not for it.'));
  send({ type: 'rejected', id, error: error.serialize() });
}
