import { useEffect, useRef } from 'preact/hooks';
import { BarShapes } from '../life-bar/bar.js';
import { shapesOf } from '../life-bar/bar-shapes.js';
import { lifeOf } from '../life-bar/life.js';
import type { LiveRequest } from '../live/live-events.js';

const BAR_HEIGHT = 12;
/** Running bars are drawn on beyond now, where the edge cuts them off until they are drawn again. */
const AHEAD_MS = 2000;

interface LaneBarsProps {
  rows: readonly LiveRequest[];
  /** On the server's clock, when these were drawn. */
  now: number;
  width: number;
  windowMs: number;
  isMoving: boolean;
  isNarrow: boolean;
}

/** The bars of all rows in one picture, which slides by one transform. */
export function LaneBars({ rows, now, width, windowMs, isMoving, isNarrow }: LaneBarsProps) {
  const slide = useRef<SVGGElement>(null);
  const pixelsPerMs = width / windowMs;
  const [pitch, top] = isNarrow ? [46, 25] : [28, 8];
  useSlide(slide, pixelsPerMs, isMoving, now);
  return (
    <svg class="lane-bars" width={width} height={rows.length * pitch}>
      <g ref={slide}>
        {rows.map((request, i) => {
          const life = lifeOf(request, now);
          const x = (ms: number): number => width - (now - request.at - ms) * pixelsPerMs;
          return (
            <g key={request.id} data-request={request.id} transform={`translate(0 ${i * pitch + top})`}>
              <BarShapes shapes={shapesOf(request, life, x, life.durationMs + AHEAD_MS)} height={BAR_HEIGHT} />
            </g>
          );
        })}
      </g>
    </svg>
  );
}

/** Moves with time, from where the bars were drawn last; with less motion, not between drawings. */
function useSlide(
  element: { current: SVGGElement | null },
  pixelsPerMs: number,
  isMoving: boolean,
  drawnAt: number,
): void {
  useEffect(() => {
    const group = element.current!;
    group.style.transform = '';
    if (!isMoving || matchMedia('(prefers-reduced-motion: reduce)').matches) return undefined;
    const from = performance.now();
    let frame = requestAnimationFrame(function move(time) {
      group.style.transform = `translateX(${-Math.max(0, time - from) * pixelsPerMs}px)`;
      frame = requestAnimationFrame(move);
    });
    return () => cancelAnimationFrame(frame);
  }, [pixelsPerMs, isMoving, drawnAt]);
}

/** The times below the lanes. */
export function Axis({ windowMs }: { windowMs: number }) {
  const step = windowMs > 20_000 ? 5 : 3;
  const marks = Array.from({ length: windowMs / 1000 / step + 1 }, (_, i) => windowMs / 1000 - i * step);
  return (
    <div class="axis" aria-hidden="true">
      {marks.map((seconds) => (
        <span key={seconds} style={{ left: `${100 - (seconds * 100_000) / windowMs}%` }}>
          {seconds === 0 ? 'now' : `${seconds} s`}
        </span>
      ))}
    </div>
  );
}
