/** The part of an element's text between two offsets, as a range of the document. */
export function rangeOf(element: HTMLElement, start: number, end: number): Range {
  const range = document.createRange();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let offset = 0;
  let isStarted = false;
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const next = offset + node.length;
    if (!isStarted && start < next) {
      range.setStart(node, start - offset);
      isStarted = true;
    }
    if (isStarted && end <= next) {
      range.setEnd(node, end - offset);
      return range;
    }
    offset = next;
  }
  range.selectNodeContents(element);
  range.collapse(false);
  return range;
}

/** The offset in an element's text at a point of the window; `undefined` where there is no text of it. */
export function offsetAt(element: HTMLElement, x: number, y: number): number | undefined {
  const place = document.caretPositionFromPoint?.(x, y);
  const legacy = place ? undefined : document.caretRangeFromPoint?.(x, y);
  const node = place?.offsetNode ?? legacy?.startContainer;
  if (!node || !element.contains(node)) return undefined;
  const range = document.createRange();
  range.selectNodeContents(element);
  range.setEnd(node, place?.offset ?? legacy!.startOffset);
  return range.toString().length;
}
