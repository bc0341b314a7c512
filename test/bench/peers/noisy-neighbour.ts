import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs something beside a process that burns one core. */
export async function besideNoise<T>(run: () => Promise<T>): Promise<T> {
  const noise = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  await once(noise, 'spawn');
  try {
    return await run();
  } finally {
    noise.kill('SIGKILL');
  }
}
