import { count } from '../format/numbers.js';
import type { LiveRequest } from '../live/live-events.js';

/** Tokens from the cache, computed and generated, of all that the request may have. */
export function TokenBar({ request }: { request: LiveRequest }) {
  const { prompt_tokens: prompt, cached_tokens: cached, generated, max_tokens: max } = request;
  if (prompt === null) return null;
  const computed = prompt - (cached ?? 0);
  const all = Math.max(1, prompt + Math.max(generated, max ?? 0));
  const left = all - prompt - generated;
  const parts = [
    ['cached', cached ?? 0],
    ['computed', computed],
    ['generated', generated],
    ['left', left],
  ] as const;
  const text = [
    cached ? `${count(cached)} from cache` : '',
    `${count(computed)} computed`,
    max === null ? '' : `${count(generated)} generated of ${count(max)} at most`,
  ];
  return (
    <div class="token-bar">
      <div class="token-bar-track" role="img" aria-label={`Tokens: ${text.filter(Boolean).join(', ')}`}>
        {parts.map(([name, tokens]) =>
          tokens > 0 ? <span key={name} class={`token-bar-${name}`} style={{ flexGrow: tokens }} /> : null,
        )}
      </div>
      <p class="caption">tokens: {text.filter(Boolean).join(' · ')}</p>
    </div>
  );
}
