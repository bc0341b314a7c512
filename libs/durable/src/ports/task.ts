/** One run of a job. */
export interface JobTask {
  jobId: string;
  /** Number of the re-queue that made it; absent for the first run. */
  run?: number;
}

/** One message about a job's end. */
export interface DeliveryTask {
  jobId: string;
  /** Number of the message among those of its job, from 1 on. */
  delivery: number;
}

/** The queues, each with its kind of task. */
export interface Tasks {
  jobs: JobTask;
  deliveries: DeliveryTask;
}

export type QueueName = keyof Tasks;
export const QUEUES = ['jobs', 'deliveries'] as const satisfies readonly QueueName[];

/** The longest delay of a task. A later due time comes from a clock that was wrong: the task is due at once. */
export const LONGEST_DELAY_MS: Readonly<Record<QueueName, number>> = {
  jobs: 2 * 3_600_000,
  deliveries: 27 * 3_600_000,
};

/** A task as storages have it: the job's id, or `<job id>:<number>`. */
export type EncodedTask = string;

export function encodeTask(task: JobTask | DeliveryTask): EncodedTask {
  const number = 'delivery' in task ? task.delivery : task.run;
  return number === undefined ? task.jobId : `${task.jobId}:${number}`;
}

export function decodeTask<Q extends QueueName>(queue: Q, text: EncodedTask): Tasks[Q];
export function decodeTask(queue: QueueName, text: EncodedTask): JobTask | DeliveryTask {
  const at = text.lastIndexOf(':');
  const jobId = at === -1 ? text : text.slice(0, at);
  const number = at === -1 ? undefined : Number(text.slice(at + 1));
  if (queue === 'deliveries') return { jobId, delivery: number ?? NaN };
  return number === undefined ? { jobId } : { jobId, run: number };
}
