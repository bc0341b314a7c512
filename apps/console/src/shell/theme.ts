import { computed, effect, signal } from '@preact/signals';

type Theme = 'dark' | 'light';

/** The only thing that the page stores. */
const STORED = 'frontier.theme';

const system = matchMedia('(prefers-color-scheme: light)');
const chosen = signal(storedTheme());
const systemTheme = signal<Theme>(system.matches ? 'light' : 'dark');

/** The chosen theme, else that of the system. */
export const theme = computed(() => chosen.value ?? systemTheme.value);

export function startTheme(): void {
  system.addEventListener('change', ({ matches }) => (systemTheme.value = matches ? 'light' : 'dark'));
  effect(() => void (document.documentElement.dataset.theme = theme.value));
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
