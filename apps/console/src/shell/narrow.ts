import { useEffect, useState } from 'preact/hooks';

const query = matchMedia('(max-width: 759px)');

/** The window is narrower than 760 px. */
export function useNarrow(): boolean {
  const [isNarrow, set] = useState(query.matches);
  useEffect(() => {
    const onChange = (): void => set(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return isNarrow;
}
