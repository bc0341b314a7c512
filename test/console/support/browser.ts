import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine; `undefined`: the tests are skipped, or fail where `REQUIRE_CHROMIUM` is set. */
export const CHROMIUM = PLACES.find((path) => existsSync(path));
export const isSkipped = CHROMIUM === undefined && process.env.REQUIRE_CHROMIUM === undefined;

export const SIZES = { wide: { width: 1280, height: 840 }, narrow: { width: 360, height: 740 } } as const;

export interface PageOptions {
  size?: keyof typeof SIZES;
  theme?: 'dark' | 'light';
  reducedMotion?: boolean;
}

/** Faults of a page: console errors, policy reports, requests to other origins. */
export type Problems = string[];

/** One browser for the tests of a file, with a fresh profile for each page. */
export class TestBrowser {
  private readonly browser: Browser;
  private readonly contexts: BrowserContext[] = [];
  /** Of all pages that were opened. */
  readonly problems: Problems = [];

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }));
  }

  async open(url: string, { size = 'wide', theme = 'dark', reducedMotion = false }: PageOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: SIZES[size],
      colorScheme: theme,
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    this.watch(page, new URL(url).origin);
    await page.goto(url);
    return page;
  }

  /** Closes all pages, and returns what went wrong on them. Statuses that a test wants are not among it: the browser logs each as an error. */
  async closePages(): Promise<Problems> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
    return this.problems.splice(0);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  private watch(page: Page, origin: string): void {
    page.on('console', (message) => {
      const isStatus = message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !isStatus) this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(error.stack ?? error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.problems.push(`a request to ${request.url()}`);
    });
  }
}
