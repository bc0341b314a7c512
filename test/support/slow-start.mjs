// Preloaded into a process, it lets that begin two seconds later.
import { setTimeout } from 'node:timers/promises';

await setTimeout(2000);
