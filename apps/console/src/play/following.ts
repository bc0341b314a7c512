import { type RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Pixels from the end of the page within which it counts as in view. */
const NEAR = 48;

/** Scrolling follows an answer only while its end is in view; scrolling up stops it until it is asked for again. */
export function useFollowing(end: RefObject<HTMLElement | null>) {
  const [isBehind, setBehind] = useState(false);
  const isFollowing = useRef(true);
  /** Last scroll position, set by the page or by hand. */
  const lastY = useRef(0);
  const leave = useCallback(() => {
    isFollowing.current = false;
    setBehind(true);
  }, []);
  const goToEnd = useCallback(() => {
    isFollowing.current = true;
    setBehind(false);
    end.current?.scrollIntoView({ block: 'end' });
    lastY.current = scrollY;
  }, []);
  const follow = useCallback(() => {
    // It was scrolled up since the last piece, and the event of that is still to come.
    if (isFollowing.current && lastY.current - scrollY > NEAR) leave();
    if (isFollowing.current) goToEnd();
  }, []);
  useEffect(() => {
    const onScroll = (): void => {
      const isNear = document.documentElement.scrollHeight - innerHeight - scrollY < NEAR;
      // Not by an event of the page's own scrolling, which may come after a wheel has turned and before it has moved the page.
      if (isNear && scrollY > lastY.current) {
        isFollowing.current = true;
        setBehind(false);
      } else if (!isNear && scrollY < lastY.current) leave();
      lastY.current = scrollY;
    };
    const onWheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY < 0 && scrollY > 0) leave();
    };
    addEventListener('scroll', onScroll, { passive: true });
    addEventListener('wheel', onWheel, { passive: true });
    return () => {
      removeEventListener('scroll', onScroll);
      removeEventListener('wheel', onWheel);
    };
  }, []);
  return { isBehind, follow, goToEnd };
}
