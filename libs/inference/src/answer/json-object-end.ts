/** Finds the end of a JSON object in a text that comes in pieces. */
export class JsonObjectEnd {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  /** The place behind the object's end in the next piece; `undefined` where it does not end in it. */
  find(piece: string): number | undefined {
    for (let at = 0; at < piece.length; at++) {
      if (this.take(piece[at])) return at + 1;
    }
    return undefined;
  }

  /** True if the character ends the object. */
  private take(character: string): boolean {
    if (this.isEscaped) this.isEscaped = false;
    else if (this.isInString) {
      this.isEscaped = character === '\\';
      this.isInString = character !== '"';
    } else if (character === '"') this.isInString = true;
    else if (character === '{' || character === '[') this.depth++;
    else if (character === '}' || character === ']') return --this.depth === 0;
    return false;
  }
}
