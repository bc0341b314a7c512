import { useEffect, useState } from 'preact/hooks';

/** Draws a component again in a rhythm, while the page can be seen. */
export function useTicker(everyMs: number, isOn = true): void {
  const [, set] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') set((n) => n + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isOn]);
}
