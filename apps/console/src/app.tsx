import type { ComponentType } from 'preact';
import { EmbedView } from './embed/embed-view.js';
import { JobsView } from './jobs/jobs-view.js';
import { BarPatterns } from './life-bar/bar.js';
import { connection } from './live/connection.js';
import { ModelsView } from './models/models-view.js';
import { PlayView } from './play/play-view.js';
import { RequestsView } from './requests/requests-view.js';
import { isAskedFor, keyState } from './session/key.js';
import { Announcer } from './shell/announcer.js';
import { Header } from './shell/header.js';
import { HelpDialog } from './shell/help-dialog.js';
import { KeyCard } from './shell/key-card.js';
import { route, type View } from './shell/router.js';
import { StatusLine } from './shell/status-line.js';
import { LiveView } from './view-live/live-view.js';

const VIEWS: Readonly<Record<View, ComponentType>> = {
  play: PlayView,
  live: LiveView,
  models: ModelsView,
  requests: RequestsView,
  jobs: JobsView,
  embed: EmbedView,
};

/** Views with data of the API: a lost stream does not make them stale. */
const OF_THE_API: ReadonlySet<View> = new Set(['play', 'jobs', 'embed']);

export function App() {
  const state = keyState.value;
  const { view } = route.value;
  const Shown = VIEWS[view];
  const isStale = connection.value.phase === 'lost' && !OF_THE_API.has(view);
  return (
    <>
      <BarPatterns />
      <Header />
      {state === 'given' && <StatusLine />}
      <main id="view" class={isStale ? 'stale' : undefined}>
        {state === 'given' && !isAskedFor.value ? <Shown /> : state !== 'unknown' && <KeyCard />}
      </main>
      <Announcer />
      <HelpDialog />
    </>
  );
}
