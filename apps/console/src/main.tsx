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
render(<App />, document.getElementById('app')!);
keepConnected();
followRecords();
void startSession();
