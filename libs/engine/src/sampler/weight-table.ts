/**
 * 2^-x by table, for the tens of thousands of weights behind each drawn token: 2 to 3 times as fast as `Math.exp`, with a
 * relative error under 1e-12. A weight under 2^-40 is 0: a whole vocabulary of them would not be seen in a float32 sum,
 * and most tokens of a trained model are that far from the most likely one.
 */

/** Steps of the table per octave. */
export const STEPS_PER_OCTAVE = 4096;
const OCTAVE_BITS = Math.log2(STEPS_PER_OCTAVE);
const FRACTION_MASK = STEPS_PER_OCTAVE - 1;
const NATS_PER_STEP = Math.LN2 / STEPS_PER_OCTAVE;
const OCTAVES = 40;

/** From here on a weight is 0. */
export const WEIGHTLESS_STEPS = OCTAVES * STEPS_PER_OCTAVE;

const fractions = Float64Array.from({ length: STEPS_PER_OCTAVE }, (_, step) => 2 ** (-step / STEPS_PER_OCTAVE));
const octaves = Float64Array.from({ length: OCTAVES }, (_, octave) => 2 ** -octave);

/** 2^(-steps / STEPS_PER_OCTAVE) for `steps` of 0 or more. */
export function weightOf(steps: number): number {
  if (steps >= WEIGHTLESS_STEPS) return 0;
  const whole = steps | 0;
  const rest = (steps - whole) * NATS_PER_STEP;
  return octaves[whole >> OCTAVE_BITS] * fractions[whole & FRACTION_MASK] * (1 - rest + rest * rest * 0.5);
}
