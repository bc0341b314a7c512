import type { ComponentType } from 'preact';
import { BarPatterns } from './life-bar/bar.js';
import { PlayView } from './play/play-view.js';
import { LiveView } from './view-live/live-view.js';
import { keyState } from './session/key.js';
import { Announcer } from './shell/announcer.js';
import { Header } from './shell/header.js';
import { HelpDialog } from './shell/help-dialog.js';
import { KeyCard } from './shell/key-card.js';
import { route, type View } from './shell/router.js';
import { StatusLine } from './shell/status-line.js';

const VIEWS: Readonly<Partial<Record<View, ComponentType>>> = { play: PlayView, live: LiveView };

export function App() {
  const hasKey = keyState.value === 'given';
  const Shown = VIEWS[route.value.view] ?? PlayView;
  return (
    <>
      <BarPatterns />
      <Header />
      {hasKey && <StatusLine />}
      <main id="view">{hasKey ? <Shown /> : keyState.value !== 'unknown' && <KeyCard />}</main>
      <Announcer />
      <HelpDialog />
    </>
  );
}
