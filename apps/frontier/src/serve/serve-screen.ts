import type { ServerConfig } from '@frontier/server/config';
import { LiveRegion } from '../terminal/live-region.js';
import type { Terminal } from '../terminal/terminal.js';
import { oneLine } from '../text/printable.js';
import { bannerLines, modelLine } from './banner.js';
import type { ModelStateLine } from './model-states.js';

interface ScreenFacts {
  config: ServerConfig;
  url: string;
  isDemonstration: boolean;
  /** Of `performance.now()`. */
  startedAt: number;
}

/** The terminal of a server: a banner whose model lines are filled in place, then requests below it. */
export class ServeScreen {
  private readonly region: LiveRegion;
  private readonly states: Map<string, ModelStateLine>;
  private isSettled = false;
  private isStopping = false;

  constructor(
    readonly terminal: Terminal,
    private readonly facts: ScreenFacts,
  ) {
    this.region = new LiveRegion(terminal, terminal.stdout);
    this.states = new Map(
      facts.config.models.models.map(({ name, precision, residency }) => [
        name,
        {
          name,
          status: residency.policy === 'keep' ? 'loading' : 'unloaded',
          precision,
          memory: undefined,
          progress: undefined,
          reason: undefined,
        },
      ]),
    );
  }

  /** Draws the banner with the states so far. */
  draw(): void {
    if (this.isSettled) return;
    this.region.draw(this.lines());
  }

  async watchModels(): Promise<void> {
    const { onModelStates } = await import('./model-states.js');
    onModelStates((name, line) => this.update(name, line));
  }

  /** Removes the banner of a server that does not start. */
  abandon(): void {
    this.region.end([]);
    this.isSettled = true;
  }

  /** Settles the banner when a signal ends the server, and says how many answers are still running. */
  stop(running: number, isAgain: boolean): void {
    this.settle();
    this.isStopping = true;
    if (isAgain || running === 0) return;
    const seconds = Math.round(this.facts.config.environment.DRAIN_TIMEOUT_MS / 1000);
    const answers = running === 1 ? '1 answer' : `${running} answers`;
    this.terminal.note(`Draining ${answers}, at most ${seconds} s. Again to stop now.`);
  }

  private update(name: string, line: ModelStateLine | undefined): void {
    const known = this.states.get(name);
    if (line) this.states.set(name, { ...line, precision: line.precision ?? known?.precision });
    else this.states.delete(name);
    if (this.isStopping) return;
    if (this.isSettled) this.tell(name, known, line);
    else if (this.isReady) this.settle();
    else this.draw();
  }

  /** Prints a change after the banner, unless it is a passing state. */
  private tell(name: string, before: ModelStateLine | undefined, line: ModelStateLine | undefined): void {
    if (line === undefined) this.terminal.note(`${oneLine(name)} is gone.`);
    else if (line.status !== before?.status && line.status !== 'loading' && line.status !== 'unloading') {
      this.terminal.note(modelLine(line, this.terminal));
    }
  }

  private get isReady(): boolean {
    return [...this.states.values()].every(({ status }) => status !== 'loading' && status !== 'unloading');
  }

  /** Leaves the banner as it is; later changes are printed below it. */
  private settle(): void {
    if (this.isSettled) return;
    this.region.end(this.lines());
    this.isSettled = true;
  }

  private lines(): string[] {
    const states = [...this.states.values()];
    const { startedAt, ...facts } = this.facts;
    const readyMs = this.isReady ? performance.now() - startedAt : undefined;
    return bannerLines({ ...facts, readyMs }, states, this.terminal);
  }
}
