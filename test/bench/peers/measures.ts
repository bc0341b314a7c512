import { median } from '../median.ts';
import type { Contestant } from './contestant.ts';
import { besideNoise } from './noisy-neighbour.ts';
import type { Prompts } from './prompts.ts';
import type { Work } from './work.ts';

/** Parts of the bench, as `--only` names them. */
export const GROUPS = ['decode', 'prefill', 'loop', 'noisy', 'chat', 'perplexity'] as const;
export type Group = (typeof GROUPS)[number];

export interface Figure {
  name: string;
  /** Of times, less is better. */
  unit: 'tokens/s' | 'ms';
}

/** One run of a contestant, which gives some figures. */
export interface Measure {
  group: Group;
  figures: Figure[];
  /** `undefined` where the contestant cannot do it. */
  run(contestant: Contestant): Promise<number[] | undefined>;
  /** The figures of a contestant that is as fast as the machine lets it be, where that can be said. */
  limits(work: Work): (number | undefined)[];
}

export const STREAMS = 16;
const STEPS = 24;
const PROMPT = 128;
const NEW_TOKENS = 64;
const NOISY_TOKENS = 32;
const REQUESTS = 2 * STREAMS;
const PREFILLS = [128, 512, 2048];
const CHAT = { callers: 8, turns: 10, system: 600, turn: 30, answer: 64 };
/** Room for the longest of them. */
export const CONTEXT_LENGTH = 2304;

export function measuresOf(prompts: Prompts): Measure[] {
  return [
    ...[1, 4, STREAMS].map((streams) => decode(prompts, streams)),
    ...PREFILLS.map((length) => prefill(prompts, length)),
    closedLoop(prompts),
    besideNeighbour(prompts),
    chat(prompts),
  ];
}

function decode(prompts: Prompts, streams: number): Measure {
  const name = `decode, ${streams} ${streams === 1 ? 'stream' : 'streams'}`;
  return {
    group: 'decode',
    figures: [{ name, unit: 'tokens/s' }],
    run: async (contestant) => {
      const durations = await contestant.decodeSteps?.(prompts.list(streams, PROMPT), STEPS);
      return durations && [(1000 * streams) / median(durations)];
    },
    limits: (work) => [(1000 * streams) / work.decodeMs(streams, PROMPT + STEPS / 2)],
  };
}

function prefill(prompts: Prompts, length: number): Measure {
  return {
    group: 'prefill',
    figures: [{ name: `prefill, ${length} tokens`, unit: 'tokens/s' }],
    run: async (contestant) => {
      const duration = await contestant.prefill?.(prompts.list(1, length)[0]);
      return duration === undefined ? undefined : [(1000 * length) / duration];
    },
    limits: (work) => [(1000 * length) / work.prefillMs(length)],
  };
}

function closedLoop(prompts: Prompts): Measure {
  const tokens = REQUESTS * NEW_TOKENS;
  return {
    group: 'loop',
    figures: [{ name: `closed loop, ${STREAMS} callers, ${PROMPT} in, ${NEW_TOKENS} out`, unit: 'tokens/s' }],
    run: async (contestant) => {
      const duration = await contestant.closedLoop?.(STREAMS, prompts.list(REQUESTS, PROMPT), NEW_TOKENS);
      return duration === undefined ? undefined : [(1000 * tokens) / duration];
    },
    limits: (work) => {
      const steps = (REQUESTS / STREAMS) * (NEW_TOKENS - 1);
      const decodeMs = steps * work.decodeMs(STREAMS, PROMPT + NEW_TOKENS / 2);
      return [(1000 * tokens) / (REQUESTS * work.prefillMs(PROMPT) + decodeMs)];
    },
  };
}

/** A shorter loop: threads that wait for each other in loops take minutes. No limit is known: what the neighbour leaves is up to the system. */
function besideNeighbour(prompts: Prompts): Measure {
  const name = `${STREAMS} callers, ${PROMPT} in, ${NOISY_TOKENS} out, beside a process that burns a core`;
  return {
    group: 'noisy',
    figures: [{ name, unit: 'tokens/s' }],
    run: async (contestant) => {
      const requests = prompts.list(STREAMS, PROMPT);
      const duration = await besideNoise(async () => contestant.closedLoop?.(STREAMS, requests, NOISY_TOKENS));
      return duration === undefined ? undefined : [(1000 * STREAMS * NOISY_TOKENS) / duration];
    },
    limits: () => [undefined],
  };
}

function chat(prompts: Prompts): Measure {
  const { callers, turns, system, turn, answer } = CHAT;
  const script = prompts.chat(callers, turns, CHAT);
  return {
    group: 'chat',
    figures: [
      { name: `chat, ${callers} callers: first token of turns 2 to ${turns}`, unit: 'ms' },
      { name: `chat, ${callers} callers: all ${turns} turns`, unit: 'ms' },
    ],
    run: async (contestant) => {
      const times = await contestant.chat?.(script);
      return times && [median(times.firstTokens), times.whole];
    },
    limits: (work) => {
      let whole = callers * work.prefillMs(system + turn);
      for (let i = 0; i < turns; i++) {
        const past = system + i * (turn + answer);
        if (i > 0) whole += callers * work.prefillMs(turn, past);
        whole += (answer - 1) * work.decodeMs(callers, past + turn + answer / 2);
      }
      return [undefined, whole];
    },
  };
}
