/** Tests for a path that clients of Anthropic's API call, so that they get its errors, also where there is no route. */
export function isAnthropicPath(path: string): boolean {
  return /^\/v1\/messages(\/|$)/.test(path);
}
