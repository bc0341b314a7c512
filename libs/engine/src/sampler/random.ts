/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A generator of its own for one request: sfc32 by Chris Doty-Humphrey (PractRand), its state filled by splitmix32 from
 * the 53 bits of the seed. The same seed gives the same numbers on every machine.
 */
export function seededRandom(seed: number): Random {
  const magnitude = Math.abs(seed);
  let mix = magnitude >>> 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = next();
  // The high word and the sign enter after the low word is spent, so no two seeds share a state.
  mix ^= Math.floor(magnitude / 2 ** 32) * 2 + (seed < 0 ? 1 : 0);
  let [b, c, counter] = [next(), next(), 1];
  const random = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) random();
  return random;
}
