/** Takes all descriptors of a process from within (`--import`), and gives them back, when its parent says so over the IPC channel. */
import { closeSync, openSync } from 'node:fs';

const held = [];

process.on('message', (message) => {
  if (message === 'hog') {
    try {
      for (;;) held.push(openSync('/dev/null', 'r'));
    } catch {
      // There are no more.
    }
    process.send({ held: held.length });
  } else if (message === 'release') {
    for (const descriptor of held.splice(0)) closeSync(descriptor);
    process.send({ held: 0 });
  }
});
process.channel?.unref();
