/** Does what jobs ask for. Port. */
export interface JobExecutor {
  /**
   * @param input what the job was accepted with
   * @returns plain data: the job's output. Its `output` and `usage` are told in messages about the job.
   * @throws an `AppError`: a `retryable` one is tried again, others end the job
   */
  execute(input: unknown, signal: AbortSignal): Promise<unknown>;
}
