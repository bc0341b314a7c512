// Preloaded into a process, it makes each write to a file fail as on a disk that is full.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

fs.writeSync = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
};
syncBuiltinESMExports();
