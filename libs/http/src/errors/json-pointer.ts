/** The JSON pointer (RFC 6901) of a member of what `parent` points to. */
export function memberPointer(parent: string, key: string): string {
  return `${parent}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
