import { readFileSync } from 'node:fs';

/** Bytes that processes have in memory (their resident sets); 0 where the system does not say. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0);
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function residentBytesOf(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    // The process has ended, or this is no Linux.
    return 0;
  }
}
