/**
 * The tokens of each text of a pair that are kept so that both together have at most `max`: the longer one is cut first
 * (`longest_first` of https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/utils/truncation.rs).
 */
export function pairLengths(first: number, second: number, max: number): [first: number, second: number] {
  if (first + second <= max) return [first, second];
  const shorter = Math.min(first, second);
  let [less, more] = [shorter, Math.max(shorter, max - shorter)];
  if (less + more > max) [less, more] = [Math.floor(max / 2), Math.ceil(max / 2)];
  return first > second ? [more, less] : [less, more];
}
