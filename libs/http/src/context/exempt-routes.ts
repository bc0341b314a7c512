const EXEMPT = new Set(['/', '/health', '/ready', '/livez', '/readyz', '/startupz', '/metrics']);

/** Whether a route is the operators' own: probes, metrics and docs are not counted, logged, traced or drained. */
export function isExempt(route: string | undefined): boolean {
  return route !== undefined && (EXEMPT.has(route) || isDocumentation(route));
}

/** Whether a route is of the documentation. */
export function isDocumentation(route: string | undefined): boolean {
  return route !== undefined && /^\/docs(\/|$)/.test(route);
}
