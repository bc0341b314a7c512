import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ASSETS } from './assets.ts';
import type { LlamaCppModel } from './llama-cpp-model.ts';

type Methods = Omit<LlamaCppModel, 'load'>;
type Method = keyof Methods;
type Result<Name extends Method> = Awaited<ReturnType<Methods[Name]>>;

/** llama.cpp on a GGUF file, in a process of its own. One thread is fair to others on a busy machine: several wait for each other in loops. */
export class LlamaCpp {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, PromiseWithResolvers<never>>();
  private calls = 0;

  constructor({ path = ASSETS.gguf, threads = 1 }: { path?: string; threads?: number } = {}) {
    this.child = fork(join(import.meta.dirname, 'llama-cpp-process.ts'), [path, String(threads)], {
      execArgv: [],
    });
    this.child.on('message', ({ id, result, error }: { id: number; result: never; error?: string }) => {
      const call = this.pending.get(id);
      this.pending.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(`llama.cpp: ${error}`));
    });
    this.child.on('exit', (code, signal) => {
      for (const { reject } of this.pending.values()) reject(new Error(`llama.cpp ended with ${signal ?? code}.`));
      this.pending.clear();
    });
  }

  /** Calls a method of its {@link LlamaCppModel}; one after the other. */
  call<Name extends Method>(method: Name, ...args: Parameters<Methods[Name]>): Promise<Result<Name>> {
    const id = this.calls++;
    const call = Promise.withResolvers<never>();
    this.pending.set(id, call);
    this.child.send({ id, method, args });
    return call.promise;
  }

  close(): void {
    this.child.disconnect();
  }
}
