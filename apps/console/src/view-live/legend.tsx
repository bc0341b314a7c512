import { Swatch } from '../life-bar/swatch.js';

const ENTRIES = [
  ['queue', 'queue'],
  ['cached', 'from cache'],
  ['prompt', 'prompt'],
  ['tokens', 'tokens'],
  ['preempted', 'preempted'],
] as const;

export function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      {ENTRIES.map(([phase, text]) => (
        <li key={phase}>
          <Swatch phase={phase} /> {text}
        </li>
      ))}
    </ul>
  );
}
