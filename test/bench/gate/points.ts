import type { LoadedModel } from '@frontier/engine';
import { EngineSpeed } from '../../real/support/engine-speed.ts';
import { median } from '../median.ts';
import type { Products } from '../machine/products.ts';

/** A model, and the bare products of its matrices by the kernels of its precision. */
export interface Subject {
  model: LoadedModel;
  products: Products;
}

/**
 * Something that the engine does, timed right before or after bare products of the same matrices. Their ratio is what a baseline keeps: the
 * speed of the machine is in both.
 */
export interface Point {
  name: string;
  /** Both in milliseconds. */
  time(subject: Subject): Promise<{ engine: number; products: number }>;
}

const PROMPT = 128;
const STEPS = 24;
const PREFILL = 512;
const CHAT = { callers: 4, turns: 4, system: 600, turn: 30, answer: 24 };

const DECODES = [1, 16].map((streams): Point => ({
  name: `decode ${streams}`,
  time: async ({ model, products }) => {
    const prompts = Array.from({ length: streams }, (_, i) => promptOf(PROMPT, i));
    return {
      engine: median(await new EngineSpeed(model).decodeSteps(prompts, STEPS)),
      products: await timeProducts(products, STEPS, streams, streams),
    };
  },
}));

const PREFILLS: Point[] = [
  {
    name: `prefill ${PREFILL}`,
    time: async ({ model, products }) => ({
      engine: await new EngineSpeed(model).prefill(promptOf(PREFILL, 0)),
      products: await timeProducts(products, 3, PREFILL, 1),
    }),
  },
];

const CHATS: Point[] = [
  {
    name: 'chat on the prefix cache',
    time: async ({ model, products }) => {
      const { callers, turns, system, turn, answer } = CHAT;
      const { whole } = await new EngineSpeed(model).chat({
        system: promptOf(system, 0),
        turns: Array.from({ length: callers }, (_, caller) =>
          Array.from({ length: turns }, (__, i) => promptOf(turn, 1 + turns * caller + i)),
        ),
        answerTokens: answer,
      });
      return { engine: whole, products: turns * answer * (await timeProducts(products, STEPS, callers, callers)) };
    },
  },
];

/** Points of a precision; in int4, prompts are computed in int8. */
export const POINTS = { int8: [...DECODES, ...PREFILLS, ...CHATS], int4: DECODES } as const;

/** Tokens of a model with a vocabulary of single bytes. */
function promptOf(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => 1 + ((i * 31 + seed * 97) % 256));
}

/** The median of some passes, in milliseconds. */
async function timeProducts(products: Products, passes: number, vectors: number, headVectors: number): Promise<number> {
  const durations: number[] = [];
  for (let pass = 0; pass < passes; pass++) durations.push(await products.timePass(vectors, headVectors));
  return median(durations);
}
