import type { Phase } from '../live/live-events.js';

/** A small sample of a phase's colour and pattern. */
export function Swatch({ phase }: { phase: Phase | 'cached' }) {
  return (
    <svg class="swatch" width="14" height="10" aria-hidden="true">
      {phase === 'preempted' ? (
        <rect class="part-preempted swatch-dashed" x="0.75" y="0.75" width="12.5" height="8.5" rx="2" />
      ) : (
        <rect class={`part-${phase}`} fill={fillOf(phase)} width="14" height="10" rx="2" />
      )}
    </svg>
  );
}

function fillOf(phase: string): string | undefined {
  return { queue: 'url(#hatch)', cached: 'url(#stripes)' }[phase];
}
