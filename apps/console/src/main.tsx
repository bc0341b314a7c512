import { render } from 'preact';
import { App } from './app.js';
import { keepConnected } from './live/connection.js';
import { followRecords } from './play/chat.js';
import { warnBeforeLoss } from './play/play-view.js';
import { startSession } from './session/start.js';
import { listenToKeys } from './shell/shortcuts.js';
import { startTheme } from './shell/theme.js';

startTheme();
listenToKeys();
warnBeforeLoss();
const container = document.getElementById('app')!;
container.replaceChildren();
render(<App />, container);
keepConnected();
followRecords();
void startSession();
