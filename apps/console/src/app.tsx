import type { ComponentType } from 'preact';
import { EmbedView } from './embed/embed-view.js';
import { JobsView } from './jobs/jobs-view.js';
import { BarPatterns } from './life-bar/bar.js';
import { ModelsView } from './models/models-view.js';
import { PlayView } from './play/play-view.js';
import { RequestsView } from './requests/requests-view.js';
import { keyState } from './session/key.js';
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

export function App() {
  const state = keyState.value;
  const Shown = VIEWS[route.value.view];
  return (
    <>
      <BarPatterns />
      <Header />
      {state === 'given' && <StatusLine />}
      <main id="view">{state === 'given' ? <Shown /> : state !== 'unknown' && <KeyCard />}</main>
      <Announcer />
      <HelpDialog />
    </>
  );
}
