import { useEffect, useRef } from 'preact/hooks';
import { route } from './router.js';

/** The heading of a view: a new route focuses it, and sets the title of the page. */
export function Title({ text, detail, hidden = false }: { text: string; detail?: string; hidden?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { view, id } = route.value;
  useEffect(() => {
    if (isNavigation) heading.current?.focus({ preventScroll: true });
    isNavigation = true;
  }, [view, id]);
  useEffect(() => {
    document.title = `${[text, detail].filter(Boolean).join(', ')} · Frontier`;
  }, [text, detail]);
  return (
    <h1 ref={heading} tabIndex={-1} class={hidden ? 'visually-hidden' : undefined}>
      {text}
    </h1>
  );
}

/** The first view takes no focus: the composer may have it. */
let isNavigation = false;
