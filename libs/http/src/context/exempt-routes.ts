const EXEMPT = new Set(['/', '/health', '/ready', '/livez', '/readyz', '/startupz', '/metrics', '/v1/live']);

/** Tests for routes of the operators: probes, metrics, the live stream and docs are not counted, logged, traced or drained. */
export function isExempt(route: string | undefined): boolean {
  return route !== undefined && (EXEMPT.has(route) || isDocumentation(route));
}

/** Tests for routes of the documentation. */
export function isDocumentation(route: string | undefined): boolean {
  return route !== undefined && /^\/docs(\/|$)/.test(route);
}
