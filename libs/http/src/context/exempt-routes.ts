const EXEMPT = new Set(['/', '/health', '/ready', '/livez', '/readyz', '/startupz', '/metrics']);

/** Tests for routes of the operators: probes, metrics, docs and console are not counted, logged, traced or drained. */
export function isExempt(route: string | undefined): boolean {
  return route !== undefined && (EXEMPT.has(route) || isDocumentation(route) || isConsole(route));
}

/** Tests for routes of the documentation. */
export function isDocumentation(route: string | undefined): boolean {
  return route !== undefined && /^\/docs(\/|$)/.test(route);
}

/** Tests for the stream that shows the server at work: open for hours, it is no request to log, measure or wait for once it has begun. */
export function isLiveStream(route: string | undefined): boolean {
  return route === '/v1/live';
}

/** Tests for files of the console. */
export function isConsole(route: string): boolean {
  return /^\/console(\/|$)/.test(route);
}
