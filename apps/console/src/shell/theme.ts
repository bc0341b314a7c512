import { effect, signal } from '@preact/signals';

export type Theme = 'dark' | 'light';

/** The only thing that the page stores. */
const STORED = 'frontier.theme';

const system = matchMedia('(prefers-color-scheme: light)');
const chosen = signal(storedTheme());
const systemTheme = signal<Theme>(system.matches ? 'light' : 'dark');

export const theme = signal<Theme>('dark');

/** The system's theme first, then what was chosen. */
export function startTheme(): void {
  system.addEventListener('change', ({ matches }) => (systemTheme.value = matches ? 'light' : 'dark'));
  effect(() => {
    theme.value = chosen.value ?? systemTheme.value;
    document.documentElement.dataset.theme = theme.value;
  });
}

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(STORED, chosen.value);
  } catch {
    // Storage may be off: then the choice lasts until the page is left.
  }
}

function storedTheme(): Theme | undefined {
  try {
    const value = localStorage.getItem(STORED);
    return value === 'dark' || value === 'light' ? value : undefined;
  } catch {
    return undefined;
  }
}
