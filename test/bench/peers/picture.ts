import type { Contestant } from './contestant.ts';
import { figureOf, type Row, speedRatio } from './report.ts';

interface PictureOptions {
  rows: readonly Row[];
  contestants: readonly Contestant[];
  /** The contestant whose speed is 1. */
  reference: number;
  /** The machine, and how it was measured. */
  conditions: string;
}

const PANEL = { width: 460, gap: 40, title: 30, bottom: 22 };
const BAR = { height: 15, pitch: 20 };
/** Of the columns of names at the left, and of ratios and figures at the right. */
const NAME_WIDTH = 150;
const RATIO_WIDTH = 56;
const FIGURE_WIDTH = 96;
const MARGIN = 24;
const HEADER = 74;
const PANELS_IN_LINE = 2;

/** Colours that both a light and a dark page can have behind them. */
const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .heading { font-size: 17px; font-weight: 600 } .title { font-weight: 600; font-size: 13px } .dim { fill: #59636e }
  .own { fill: #0969da } .llama { fill: #bc6c25 } .other { fill: #818b98 } .one { stroke: #59636e; stroke-dasharray: 2 3 }
  .strong { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .dim { fill: #9198a1 } .own { fill: #4493f8 } .llama { fill: #e0a458 } .other { fill: #656c76 } .one { stroke: #9198a1 }
  }`;

/** An SVG picture: a panel for each figure, with a bar for each contestant as long as its speed beside that of the reference. */
export function picture({ rows, contestants, reference, conditions }: PictureOptions): string {
  const panelHeight = PANEL.title + contestants.length * BAR.pitch + PANEL.bottom;
  const lines = Math.ceil(rows.length / PANELS_IN_LINE);
  const width = 2 * MARGIN + PANELS_IN_LINE * PANEL.width + (PANELS_IN_LINE - 1) * PANEL.gap;
  const height = HEADER + lines * panelHeight + MARGIN;
  const heading = `Speed beside ${contestants[reference].name}`;
  const panels = rows.map((row, i) => {
    const x = MARGIN + (i % PANELS_IN_LINE) * (PANEL.width + PANEL.gap);
    const y = HEADER + Math.floor(i / PANELS_IN_LINE) * panelHeight;
    return `<g transform="translate(${x} ${y})">${panel(row, contestants, reference)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(heading)}</title><style>${STYLE}</style>`,
    text(MARGIN, 30, `${heading}: longer is faster`, 'heading'),
    text(MARGIN, 52, conditions, 'dim'),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel(row: Row, contestants: readonly Contestant[], reference: number): string {
  const ratios = contestants.map((_, i) => speedRatio(row, i, reference));
  const longest = Math.max(1, ...ratios.map((ratio) => ratio ?? 0));
  const scale = (PANEL.width - NAME_WIDTH - RATIO_WIDTH - FIGURE_WIDTH) / longest;
  const bars = contestants.map(({ name, workOn }, i) => {
    const y = PANEL.title + i * BAR.pitch;
    const baseline = y + BAR.height - 3;
    const ratio = ratios[i];
    const isOwn = workOn !== undefined;
    const label = isOwn ? `Frontier ${name}` : withoutVersion(name);
    const cells = [text(NAME_WIDTH - 8, baseline, label, isOwn ? 'strong' : 'dim', 'end')];
    if (ratio === undefined) return [...cells, text(NAME_WIDTH + 4, baseline, '–', 'dim')].join('');
    const length = (ratio * scale).toFixed(1);
    const size = `x="${NAME_WIDTH}" y="${y}" width="${length}" height="${BAR.height}" rx="2"`;
    const figure = figureOf(row, i)!;
    const { unit } = row.figure;
    cells.push(
      `<rect class="${colourOf(name, isOwn)}" ${size}/>`,
      text(PANEL.width - FIGURE_WIDTH, baseline, `${ratio.toFixed(2)} ×`, isOwn ? 'strong' : '', 'end'),
      text(PANEL.width, baseline, `${figure.toFixed(figure < 100 && unit !== 'ms' ? 1 : 0)} ${unit}`, 'dim', 'end'),
    );
    return cells.join('');
  });
  const one = (NAME_WIDTH + scale).toFixed(1);
  const bottom = PANEL.title + contestants.length * BAR.pitch;
  const line = `<line class="one" x1="${one}" x2="${one}" y1="${PANEL.title - 4}" y2="${bottom}"/>`;
  return [text(0, 16, row.figure.name, 'title'), ...bars, line].join('');
}

function colourOf(name: string, isOwn: boolean): string {
  if (isOwn) return 'own';
  return name.startsWith('llama.cpp') ? 'llama' : 'other';
}

function withoutVersion(name: string): string {
  return name.replace(/ v?\d+(\.\d+)+\S*/, '');
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y}" class="${style}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
