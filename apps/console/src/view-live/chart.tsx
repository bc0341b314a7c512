import type { ComponentChildren } from 'preact';
import type { Points } from '../live/history.js';
import { useWidth } from '../shell/use-width.js';
import { areaPath, linePath, pieces, pointsText, topOf } from './chart-scale.js';

type Tone = 'prefill' | 'decode' | 'queue' | 'cached' | 'plain';

const SPARK_HEIGHT = 24;
const CHART_HEIGHT = 72;

/** A small line without axes, of the last five minutes. */
export function Sparkline({ points, tone }: { points: Points; tone: Tone }) {
  const [ref, width] = useWidth();
  const all = pieces(points, width, SPARK_HEIGHT - 2, topOf([points], 0.001) * 1.05);
  return (
    <div class={`spark tone-${tone}`} ref={ref} aria-hidden="true">
      {width > 0 && (
        <svg width={width} height={SPARK_HEIGHT}>
          <path class="area" d={areaPath(all, SPARK_HEIGHT)} />
          <path class="line" d={linePath(all)} />
        </svg>
      )}
    </div>
  );
}

interface Series {
  name: string;
  points: Points;
  tone: Tone;
  isArea: boolean;
}

interface ChartProps {
  title: string;
  series: Series[];
  format: (value: number | null) => string;
  /** The least top of the axis. */
  least: number;
  /** A line across the chart. */
  limit?: number;
  children: ComponentChildren;
}

/** A chart of five minutes, a point a second, from 0 to a round number. */
export function Chart({ title, series, format, least, limit, children }: ChartProps) {
  const [ref, width] = useWidth();
  const top = topOf(
    series.map(({ points }) => points),
    least,
  );
  const label = `${title}: ${series.map(({ name, points }) => `${name} ${pointsText(points, format)}`).join('; ')}`;
  return (
    <section class="panel chart" aria-label={title}>
      <div class="row">
        <h2>{title}</h2>
        <span class="spacer" />
        <span class="caption faint">{format(top)}</span>
      </div>
      <div ref={ref} role="img" aria-label={label} class="chart-frame">
        {width > 0 && (
          <svg width={width} height={CHART_HEIGHT} aria-hidden="true">
            {limit !== undefined && limit <= top && <LimitLine y={CHART_HEIGHT * (1 - limit / top)} width={width} />}
            {series.map(({ name, points, tone, isArea }) => {
              const all = pieces(points, width, CHART_HEIGHT - 1, top);
              return (
                <g key={name} class={`tone-${tone}`}>
                  {isArea && <path class="area" d={areaPath(all, CHART_HEIGHT)} />}
                  <path class="line" d={linePath(all)} />
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <p class="caption">{children}</p>
    </section>
  );
}

function LimitLine({ y, width }: { y: number; width: number }) {
  return <path class="limit-line" d={`M0 ${y}H${width}`} />;
}
