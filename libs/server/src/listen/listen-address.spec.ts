import { describe, expect, it } from 'vitest';
import { listenError } from './listen-address.js';

const error = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`listen ${code}`), { code });

describe(listenError, () => {
  it.each([
    ['EADDRINUSE', 'PORT=80: another process listens on ::1:80 already.'],
    ['EACCES', 'PORT=80: this process may not listen on it'],
    ['EADDRNOTAVAIL', 'HOST=::1: it is no address of this machine.'],
    ['ENOTFOUND', 'HOST=::1: the name has no address.'],
    ['EAI_AGAIN', 'HOST=::1: the name has no address.'],
    ['EWHATEVER', 'Cannot listen on ::1:80: listen EWHATEVER.'],
  ])('of %s names the variable and the reason', (code, message) => {
    const cause = error(code);
    expect(listenError(cause, '::1', 80)).toMatchObject({ message: expect.stringContaining(message) as string, cause });
  });
});
