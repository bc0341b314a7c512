/** Moves the wall clock of a process and its threads by the milliseconds in the file CLOCK_FILE, read again all the time. */
import { readFileSync } from 'node:fs';

const real = Date.now.bind(Date);
const file = process.env.CLOCK_FILE;
let offset = 0;
let readAt = 0;

Date.now = () => {
  if (performance.now() - readAt > 20) {
    readAt = performance.now();
    offset = Number(readFileSync(file, 'utf8'));
  }
  return real() + offset;
};
