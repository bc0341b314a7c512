import { isAskedFor, keyName } from '../session/key.js';
import { models } from '../live/live-store.js';
import { hrefOf, route, VIEW_NAMES, VIEWS, type View } from './router.js';
import { theme, toggleTheme } from './theme.js';

/** Views of this server: the grid of similarities needs an encoder. */
function shownViews(): View[] {
  const hasEncoder = models.value.some(({ task }) => task === 'embed');
  return VIEWS.filter((view) => view !== 'embed' || hasEncoder || route.value.view === 'embed');
}

export function Header() {
  return (
    <header class="header">
      <a class="skip-link" href="#view" onClick={focusView}>
        Skip to the view
      </a>
      <div class="wide header-row">
        <span class="brand">
          <Mark />
          Frontier
        </span>
        <nav class="tabs" aria-label="Views">
          {shownViews().map((view) => (
            <a key={view} href={hrefOf(view)} aria-current={route.value.view === view ? 'page' : undefined}>
              {VIEW_NAMES[view]}
            </a>
          ))}
        </nav>
        <span class="spacer" />
        <button type="button" class="theme-button" onClick={toggleTheme}>
          Theme: {theme.value}
        </button>
        <button type="button" onClick={() => (isAskedFor.value = true)}>
          Key: {keyName.value}
        </button>
      </div>
    </header>
  );
}

function focusView(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#view h1')?.focus();
}

function Mark() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <rect class="fill-queue" x="0" y="9" width="4" height="7" rx="1" />
      <rect class="fill-prefill" x="6" y="5" width="4" height="11" rx="1" />
      <rect class="fill-decode" x="12" y="0" width="4" height="16" rx="1" />
    </svg>
  );
}
