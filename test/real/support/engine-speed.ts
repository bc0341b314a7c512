import { Engine, type EngineModel, type StepReport } from '@frontier/engine';
import type { Chat, ChatTimes } from './chat-times.ts';

/** Bytes of prompts that a chat may keep: more than it has. */
const PREFIX_CACHE_BYTES = 2 ** 30;

const GREEDY = { temperature: 0, ignoreEos: true };

/** Speeds of the engine on a model, by the methods of `LlamaCppModel`. */
export class EngineSpeed {
  private readonly model: EngineModel;

  constructor(model: EngineModel) {
    this.model = model;
  }

  /** Milliseconds of each of some decode steps of as many streams as there are prompts. */
  async decodeSteps(prompts: number[][], steps: number): Promise<number[]> {
    const engine = new Engine(this.model);
    for (const [i, prompt] of prompts.entries()) {
      // The first ones decode while the last ones are read; all are cancelled at the end.
      const params = { ...GREEDY, maxNewTokens: engine.contextLength - prompt.length };
      engine.add({ id: `${i}`, prompt, params });
    }
    const durations: number[] = [];
    while (engine.hasWork) {
      const startedAt = performance.now();
      const report = await engine.step();
      if (isFull(report, prompts.length)) durations.push(performance.now() - startedAt);
      if (durations.length === steps) for (const i of prompts.keys()) engine.cancel(`${i}`);
    }
    return durations;
  }

  /** Milliseconds to the first token after a prompt. */
  async prefill(prompt: number[]): Promise<number> {
    const engine = new Engine(this.model);
    const startedAt = performance.now();
    engine.add({ id: '', prompt, params: { ...GREEDY, maxNewTokens: 1 } });
    while (engine.hasWork) await engine.step();
    return performance.now() - startedAt;
  }

  /** Milliseconds that callers, each of which asks again when it has its tokens, take for all prompts. */
  async closedLoop(callers: number, prompts: number[][], tokens: number): Promise<number> {
    const engine = new Engine(this.model);
    const waiting = [...prompts.entries()];
    const ask = (): void => {
      const next = waiting.pop();
      if (next) engine.add({ id: `${next[0]}`, prompt: next[1], params: { ...GREEDY, maxNewTokens: tokens } });
    };
    const startedAt = performance.now();
    for (let caller = 0; caller < callers; caller++) ask();
    while (engine.hasWork) for (const { finished } of (await engine.step())?.outputs ?? []) if (finished) ask();
    return performance.now() - startedAt;
  }

  /** Times of a chat whose callers share nothing, not even their system prompt; each says its next turn when it has its answer. */
  async chat({ system, turns, answerTokens }: Chat): Promise<ChatTimes> {
    const engine = new Engine(this.model, { prefixCacheBytes: PREFIX_CACHE_BYTES });
    const said = turns.map(() => [...system]);
    const turn = turns.map(() => 0);
    const askedAt = turns.map(() => 0);
    const firstTokens: number[] = [];
    const ask = (caller: number): void => {
      said[caller].push(...turns[caller][turn[caller]++]);
      askedAt[caller] = performance.now();
      const params = { ...GREEDY, maxNewTokens: answerTokens };
      engine.add({ id: String(caller), caller: String(caller), prompt: said[caller], params });
    };
    // Answers are no part of the cache, so any tokens that are not those of another turn stand for them.
    const answer = (caller: number): number[] =>
      Array.from({ length: answerTokens }, (_, i) => system[(31 * caller + 17 * turn[caller] + i) % system.length]);
    const startedAt = performance.now();
    for (const caller of turns.keys()) ask(caller);
    while (engine.hasWork) {
      for (const { id, started, finished, error } of (await engine.step())?.outputs ?? []) {
        if (error) throw new Error(error.message);
        const caller = Number(id);
        if (started && turn[caller] > 1) firstTokens.push(performance.now() - askedAt[caller]);
        if (!finished) continue;
        said[caller].push(...answer(caller));
        if (turn[caller] < turns[caller].length) ask(caller);
      }
    }
    return { firstTokens, whole: performance.now() - startedAt };
  }
}

/** True of a decode step that all streams shared. */
function isFull(report: StepReport | undefined, streams: number): boolean {
  return report?.kind === 'decode' && report.tokens === streams;
}
