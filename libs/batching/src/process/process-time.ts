import { readFileSync } from 'node:fs';

/** Ticks of a second in `/proc` (`sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

/**
 * The processor time that a process has used, in milliseconds; independent of the number of processes that share the
 * processor. Known on Linux only (`/proc/[pid]/stat`, proc_pid_stat(5)); `undefined` elsewhere, and of no process.
 */
export function processTimeMs(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may itself hold some; user and system time are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
