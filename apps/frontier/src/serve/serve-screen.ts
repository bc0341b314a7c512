import { VARIABLES, type ServerConfig } from '@frontier/server/config';
import { LiveRegion } from '../terminal/live-region.js';
import type { Terminal } from '../terminal/terminal.js';
import { bannerLines } from './banner.js';
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

  constructor(
    readonly terminal: Terminal,
    private readonly facts: ScreenFacts,
  ) {
    this.region = new LiveRegion(terminal, terminal.stdout);
    this.states = new Map(
      facts.config.models.models.map(({ name, precision }) => [
        name,
        { name, status: 'loading', precision, memory: undefined, progress: undefined, reason: undefined },
      ]),
    );
  }

  /** Draws the banner, which says what is known. */
  draw(): void {
    if (this.isSettled) return;
    this.region.draw(this.lines());
  }

  async watchModels(): Promise<void> {
    const { onModelStates } = await import('./model-states.js');
    onModelStates((line) => this.update(line));
  }

  /** A signal ends the server. */
  stop(running: number, isAgain: boolean): void {
    this.settle();
    if (isAgain || running === 0) return;
    const seconds = Math.round(this.facts.config.environment.DRAIN_TIMEOUT_MS / 1000);
    const answers = running === 1 ? '1 answer' : `${running} answers`;
    this.terminal.note(`Draining ${answers}, at most ${seconds} s. Again to stop now.`);
  }

  private update(line: ModelStateLine): void {
    const known = this.states.get(line.name);
    if (!known) return;
    this.states.set(line.name, { ...line, precision: line.precision ?? known.precision });
    if ([...this.states.values()].every(({ status }) => status !== 'loading')) this.settle();
    else this.draw();
  }

  /** The banner stays as it is; states that change later are told below it, as lines. */
  private settle(): void {
    if (this.isSettled) return;
    this.region.end(this.lines());
    this.isSettled = true;
  }

  private lines(): string[] {
    const states = [...this.states.values()];
    const isReady = states.every(({ status }) => status !== 'loading');
    const { startedAt, ...facts } = this.facts;
    const readyMs = isReady ? performance.now() - startedAt : undefined;
    // A server without a console has no switch for it.
    const { environment } = facts.config;
    const hasConsole = 'ENABLE_CONSOLE' in VARIABLES && Reflect.get(environment, 'ENABLE_CONSOLE') !== false;
    return bannerLines({ ...facts, hasConsole, readyMs }, states, this.terminal);
  }
}
