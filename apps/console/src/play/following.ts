import { type RefObject } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Pixels from the end of the page within which it counts as in view. */
const NEAR = 48;

/** Scrolling follows an answer only while its end is in view; scrolling up stops it until it is asked for again. */
export function useFollowing(end: RefObject<HTMLElement | null>) {
  const [isBehind, setBehind] = useState(false);
  const isFollowing = useRef(true);
  useEffect(() => {
    let lastY = scrollY;
    const onScroll = (): void => {
      const isNear = document.documentElement.scrollHeight - innerHeight - scrollY < NEAR;
      if (scrollY < lastY && !isNear) isFollowing.current = false;
      if (isNear) isFollowing.current = true;
      lastY = scrollY;
      setBehind(!isFollowing.current);
    };
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, []);
  const follow = useCallback(() => {
    if (isFollowing.current) end.current?.scrollIntoView({ block: 'end' });
  }, []);
  const goToEnd = useCallback(() => {
    isFollowing.current = true;
    setBehind(false);
    end.current?.scrollIntoView({ block: 'end' });
  }, []);
  return { isBehind, follow, goToEnd };
}
