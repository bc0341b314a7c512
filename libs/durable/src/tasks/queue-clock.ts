/**
 * The time of due tasks and leases, in milliseconds since 1970. It begins at the wall clock and goes on with the monotonic one:
 * a wall clock that is set back or forward while the process runs moves no due time. The latest time in the storage carries it
 * through restarts and between processes, so it never goes back for any of them.
 */
export class QueueClock {
  private origin = Date.now() - performance.now();

  now(): number {
    return Math.round(this.origin + performance.now());
  }

  /** Goes on from a later time that the storage has seen. */
  advanceTo(time: number): void {
    this.origin += Math.max(0, time - this.now());
  }
}
