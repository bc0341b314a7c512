import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { getJson } from '../session/api.js';
import { connection } from '../live/connection.js';
import { setViewKeys } from '../shell/shortcuts.js';
import { Title } from '../shell/title.js';
import { isAnswering, newChat, sendText, stop, thread } from './chat.js';
import { selected } from '../answer/selected-token.js';
import { CodePanel } from './code-panel.js';
import { Composer } from './composer.js';
import { currentForm, listedModels } from '../request-form/form.js';
import { ParametersPanel } from '../request-form/parameters-panel.js';
import { STARTERS } from '../request-form/starters.js';
import { TokenPanel } from '../answer/token-panel.js';
import { TurnView } from './turn-view.js';
import { useFollowing } from './following.js';

export function PlayView() {
  const [isPanelOpen, setPanelOpen] = useState(false);
  useEffect(
    () =>
      setViewKeys({
        n: startAnew,
        Escape: () => (selected.value !== null && !isAnswering.value ? (selected.value = null) : stop()),
      }),
    [],
  );
  useListedModels();
  return (
    <div class="play wide">
      <div class="play-main">
        <Title text="Play" hidden />
        <Thread />
        <button
          type="button"
          class="narrow-only"
          aria-expanded={isPanelOpen}
          onClick={() => setPanelOpen(!isPanelOpen)}
        >
          Parameters and code
        </button>
      </div>
      <aside class={`play-side ${isPanelOpen ? 'open' : ''}`} aria-label="Details">
        <TokenPanel />
        <ParametersPanel />
        <CodePanel />
      </aside>
    </div>
  );
}

function Thread() {
  const end = useRef<HTMLDivElement>(null);
  const { isBehind, follow, goToEnd } = useFollowing(end);
  const turns = thread.value;
  useLayoutEffect(() => {
    if (turns.length > 0) goToEnd();
  }, [turns.length]);
  return (
    <>
      <div role="log" aria-live="off" aria-label="Conversation">
        {turns.length === 0 ? (
          <Starters />
        ) : (
          turns.map((turn) => <TurnView key={turn.answer.key} turn={turn} onWrite={follow} />)
        )}
      </div>
      <div class="composer-area">
        <Composer />
        {turns.length > 0 && (
          <button type="button" class="quiet" onClick={startAnew}>
            New chat <kbd>n</kbd>
          </button>
        )}
      </div>
      <div ref={end} />
      {isBehind && (
        <button type="button" class="latest" onClick={goToEnd}>
          Latest
        </button>
      )}
    </>
  );
}

function Starters() {
  return (
    <div class="starters">
      <p class="starters-title">Try one of these, or write your own.</p>
      {STARTERS[currentForm.value.mode].map((text) => (
        <button key={text} type="button" class="starter" onClick={() => void sendText(text)}>
          {text}
        </button>
      ))}
    </div>
  );
}

function startAnew(): void {
  newChat();
  document.getElementById('draft')?.focus();
}

/** Reads the model names from `GET /v1/models` while there is no live stream. */
function useListedModels(): void {
  const { phase } = connection.value;
  useEffect(() => {
    if (phase !== 'none') return;
    void getJson<{ data: { id: string; parent: string | null }[] }>('/v1/models').then(
      ({ data }) => (listedModels.value = data.filter(({ parent }) => parent === null).map(({ id }) => id)),
      () => {},
    );
  }, [phase]);
}

/** Asks before the page is left while an answer streams or a thread has answers: a reload forgets both. */
export function warnBeforeLoss(): void {
  addEventListener('beforeunload', (event) => {
    if (isAnswering.value || thread.value.length > 0) event.preventDefault();
  });
}
