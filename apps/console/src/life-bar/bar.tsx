import type { ComponentChildren } from 'preact';
import type { LiveRequest } from '../live/live-events.js';
import { useWidth } from '../shell/use-width.js';
import { END_WIDTH, type Shape, shapesOf } from './bar-shapes.js';
import { lifeOf } from './life.js';
import { sentenceOf } from './life-sentence.js';

/** Fills by pattern, which bars of the whole page share; colour alone never tells phases apart. */
export function BarPatterns() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="6" height="6" />
          <rect class="fill-queue" width="3" height="6" />
        </pattern>
        <pattern id="stripes" width="2" height="6" patternUnits="userSpaceOnUse">
          <rect class="fill-surface" width="2" height="6" />
          <rect class="fill-cached" width="1.2" height="6" />
        </pattern>
      </defs>
    </svg>
  );
}

/** The x of a bar without a length. */
const POINT_X = 6;

/** A request's bar on a scale of its own, from its receipt to its end or to now. */
export function Bar({
  request,
  now,
  height = 12,
  children,
}: {
  request: LiveRequest;
  /** On the server's clock. */
  now: number;
  height?: number;
  children?: ComponentChildren;
}) {
  const [ref, width] = useWidth();
  const life = lifeOf(request, now);
  // Neither has a length of its own.
  const isPoint = life.shared !== null || life.parts.every(({ phase }) => phase === 'checks');
  const scale = (width - (life.end === 'good' || life.end === 'open' ? 0 : END_WIDTH)) / Math.max(1, life.durationMs);
  return (
    <div class="bar" ref={ref} role="img" aria-label={sentenceOf(request, life)} data-request={request.id}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          <BarShapes
            shapes={shapesOf(request, life, (ms) => (isPoint && request.end ? POINT_X : ms * scale))}
            height={height}
          />
        </svg>
      )}
      {children}
    </div>
  );
}

export function BarShapes({ shapes, height }: { shapes: Shape[]; height: number }) {
  return (
    <>
      {shapes.map((shape, i) => (
        <BarShape key={i} shape={shape} height={height} />
      ))}
    </>
  );
}

function BarShape({ shape, height }: { shape: Shape; height: number }) {
  switch (shape.kind) {
    case 'part':
      return <PartShape part={shape} height={height} />;
    case 'cached':
      return <rect class="part part-cached" fill="url(#stripes)" x={shape.x} width={shape.width} height={height} />;
    case 'ticks':
      return <path class="ticks" d={shape.xs.map((x) => `M${x + 0.5} 0v${height}`).join('')} />;
    case 'cap':
      return <rect class={`cap cap-${shape.tone}`} x={shape.x} y={-1} width={3} height={height + 2} />;
    case 'refused':
      return <rect class="refused" x={shape.x + 0.75} y={0.75} width={4.5} height={height - 1.5} />;
    case 'diamond':
      return (
        <path
          class={shape.filled ? 'diamond diamond-hit' : 'diamond'}
          d={`M${shape.x} ${height / 2 - 5}l5 5l-5 5l-5 -5z`}
        />
      );
  }
}

function PartShape({ part, height }: { part: Shape & { kind: 'part' }; height: number }) {
  const { phase, x, width } = part;
  if (phase === 'preempted') {
    const inner = Math.max(1, width - 1.5);
    return <rect class="part part-preempted" x={x + 0.75} y={0.75} width={inner} height={height - 1.5} />;
  }
  const d = roundedBox(x, width, height, part.roundLeft ? 3 : 0, part.roundRight ? 3 : 0);
  return <path class={`part part-${phase}`} fill={phase === 'queue' ? 'url(#hatch)' : undefined} d={d} />;
}

function roundedBox(x: number, width: number, height: number, left: number, right: number): string {
  const [l, r] = [Math.min(left, width / 2), Math.min(right, width / 2)];
  return (
    `M${x + l} 0H${x + width - r}${r > 0 ? `q${r} 0 ${r} ${r}` : ''}V${height - r}${r > 0 ? `q0 ${r} ${-r} ${r}` : ''}` +
    `H${x + l}${l > 0 ? `q${-l} 0 ${-l} ${-l}` : ''}V${l}${l > 0 ? `q0 ${-l} ${l} ${-l}` : ''}z`
  );
}
