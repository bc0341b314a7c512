import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Answer } from './answer.js';
import { fencesOf, TextWriter } from './text-writer.js';

/** As much of the DOM as the writer uses. */
class FakeText {
  constructor(public data: string) {}

  appendData(text: string): void {
    this.data += text;
  }
}

class FakeElement {
  children: (FakeElement | FakeText)[] = [];
  className = '';

  constructor(readonly name: string) {}

  get lastChild(): FakeElement | FakeText | undefined {
    return this.children.at(-1);
  }

  set textContent(text: string) {
    this.children = [new FakeText(text)];
  }

  append(child: FakeElement | string): void {
    this.children.push(typeof child === 'string' ? new FakeText(child) : child);
  }

  replaceChildren(): void {
    this.children = [];
  }

  /** Text outside code as it is, code in angle brackets. */
  get shown(): string {
    const inner = this.children.map((child) => (child instanceof FakeText ? child.data : child.shown)).join('');
    return this.name === 'code' ? `<${inner}>` : inner;
  }
}

const WRITTEN = 100;

/** The shown text after several writes, one for each piece. */
function shownOf(pieces: string[]): string {
  const element = new FakeElement('div');
  const answer = new Answer('m');
  const writer = new TextWriter(element as unknown as HTMLElement, answer, () => {});
  for (const text of pieces) {
    answer.add({ text, tokens: [] });
    vi.advanceTimersByTime(WRITTEN);
  }
  writer.close();
  return element.shown;
}

describe(TextWriter, () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('Text', FakeText);
    vi.stubGlobal('document', {
      visibilityState: 'visible',
      addEventListener: () => {},
      removeEventListener: () => {},
      createElement: (name: string) => new FakeElement(name),
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('shows code as code and the text around it as text, whatever pieces they arrive in', () => {
    const text = 'So\n```js\nx\n```\nand\n```\ny\n```\nend';
    const whole = 'So\n<```js\nx\n```\n>and\n<```\ny\n```\n>end';
    for (let cut = 0; cut < text.length; cut += 1) {
      for (let next = cut; next < text.length; next += 1) {
        expect(shownOf([text.slice(0, cut), text.slice(cut, next), text.slice(next)])).toBe(whole);
      }
    }
    expect(shownOf([...text])).toBe(whole);
  });

  it('shows code that has not ended as code', () => {
    expect(shownOf(['```\n', 'x\n', '```'])).toBe('<```\nx\n```>');
  });
});

describe(fencesOf, () => {
  it('finds where code begins and ends', () => {
    const text = 'a\n```js\nx\n```\nb';
    expect(fencesOf(text).map((place) => text.slice(place))).toEqual(['```js\nx\n```\nb', 'b']);
  });
});
