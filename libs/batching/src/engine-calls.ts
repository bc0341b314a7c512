import { randomUUID } from 'node:crypto';
import type { EngineCommand } from '@frontier/engine';
import { AppError, type SerializedAppError } from '@frontier/errors';

/** What can be asked of an engine process and is answered at once, between two passes. */
export type EngineQuestion =
  { type: 'tokenize'; text: string; addSpecialTokens: boolean } | { type: 'detokenize'; tokens: readonly number[] };

type Answer = number[] | string;

/** Questions to an engine process that it has not answered. */
export class EngineCalls {
  private readonly open = new Map<string, PromiseWithResolvers<Answer>>();

  /** @param send hands a command to the engine process */
  constructor(private readonly send: (command: EngineCommand) => void) {}

  /** @throws what the engine answers instead, or what ended its process */
  ask(question: EngineQuestion): Promise<Answer> {
    const id = randomUUID();
    const call = Promise.withResolvers<Answer>();
    this.open.set(id, call);
    this.send({ ...question, id });
    return call.promise;
  }

  answer(id: string, answer: Answer): void {
    this.open.get(id)?.resolve(answer);
    this.open.delete(id);
  }

  reject(id: string, error: SerializedAppError): void {
    this.open.get(id)?.reject(AppError.deserialize(error));
    this.open.delete(id);
  }

  failAll(error: AppError): void {
    for (const { reject } of this.open.values()) reject(error);
    this.open.clear();
  }
}
