import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from './answer.js';
import { selected } from './selected-token.js';
import { offsetAt, rangeOf } from './text-place.js';
import { TextWriter } from './text-writer.js';

/** The text of an answer. Arrows move over its tokens, a click chooses one; the panel beside it has the chances. */
export function AnswerText({ answer, onWrite }: { answer: Answer; onWrite: () => void }) {
  const text = useRef<HTMLDivElement>(null);
  const index = selected.value?.answer === answer ? selected.value.index : undefined;
  useEffect(() => {
    const writer = new TextWriter(text.current!, answer, onWrite);
    return () => writer.close();
  }, [answer]);
  const hasTokens = answer.state.value !== 'waiting' && answer.tokens.length > 0;
  return (
    <div class="answer-text">
      {index !== undefined && <TokenBoxes element={text.current!} answer={answer} index={index} />}
      <div
        ref={text}
        class="text"
        tabIndex={hasTokens ? 0 : undefined}
        role={hasTokens ? 'group' : undefined}
        aria-label={hasTokens ? `Answer of ${answer.model}: arrows show the chances of each token` : undefined}
        onClick={(event) => choose(answer, text.current!, event)}
        onKeyDown={(event) => move(answer, index, event)}
      />
    </div>
  );
}

/** The frame of the chosen token. It lies below the text, which stays as it is. */
function TokenBoxes({ element, answer, index }: { element: HTMLElement; answer: Answer; index: number }) {
  const [boxes, setBoxes] = useState<{ left: number; top: number; width: number; height: number }[]>([]);
  useLayoutEffect(() => {
    const place = (): void => {
      const token = answer.tokens[index];
      const origin = element.getBoundingClientRect();
      const rects = [...rangeOf(element, token.start, token.end).getClientRects()].filter(({ width }) => width > 0);
      setBoxes(
        rects.map(({ left, top, width, height }) => ({
          left: left - origin.left,
          top: top - origin.top,
          width,
          height,
        })),
      );
    };
    place();
    const observer = new ResizeObserver(place);
    observer.observe(element);
    return () => observer.disconnect();
  }, [answer, index]);
  return (
    <>
      {boxes.map(({ left, top, width, height }) => (
        <span
          key={`${left} ${top}`}
          class="token-box"
          aria-hidden="true"
          style={{ left: `${left - 2}px`, top: `${top - 1}px`, width: `${width + 4}px`, height: `${height + 2}px` }}
        />
      ))}
    </>
  );
}

function choose(answer: Answer, element: HTMLElement, { clientX, clientY }: MouseEvent): void {
  if (answer.tokens.length === 0 || getSelection()?.isCollapsed === false) return;
  const offset = offsetAt(element, clientX, clientY);
  if (offset === undefined) return;
  const index = answer.tokenAt(Math.min(offset, answer.text.length - 1));
  if (index !== -1) selected.value = { answer, index };
}

function move(answer: Answer, index: number | undefined, event: KeyboardEvent): void {
  const last = answer.tokens.length - 1;
  if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const places: Record<string, number> = {
    ArrowRight: index === undefined ? 0 : Math.min(last, index + 1),
    ArrowLeft: index === undefined ? last : Math.max(0, index - 1),
    Home: 0,
    End: last,
  };
  const place = places[event.key] as number | undefined;
  if (place === undefined) return;
  event.preventDefault();
  selected.value = { answer, index: place };
}
