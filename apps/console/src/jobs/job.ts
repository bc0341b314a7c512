/** Jobs as the API shows them; times in ISO 8601. */
export interface Job {
  id: string;
  status: JobStatus;
  created_at: string;
  started_at?: string;
  finished_at?: string;
  expires_at: string;
  priority: string;
  attempts: number;
  model?: string;
  output?: string;
  usage?: { prompt_tokens?: number; completion_tokens?: number; total_tokens?: number };
  finish_reason?: string;
  response_bytes?: number;
  error?: { code: string; message: string };
  callback_url?: string;
}

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export interface Delivery {
  number: number;
  status: 'pending' | 'delivered' | 'failed' | 'disabled';
  attempts: { at: string; duration_ms: number; status_code?: number; error?: string }[];
  next_at?: string;
}

export interface JobPage {
  data: Job[];
  next_cursor: string | null;
}

/** Filter of the list: one's own jobs, all or of a status, or the failed ones of all owners (admins only). */
export type JobFilter = 'all' | JobStatus | 'dead letters';

export function listPath(filter: JobFilter): string {
  if (filter === 'dead letters') return '/admin/jobs/dead-letters?limit=50';
  return `/v1/jobs?limit=50${filter === 'all' ? '' : `&status=${filter}`}`;
}

export const hasEnded = ({ status }: Job): boolean => status !== 'queued' && status !== 'running';

/** From its acceptance to its end, or to now. @param now on the server's clock */
export function jobMs({ created_at: created, finished_at: finished }: Job, now: number): number {
  return Math.max(0, (finished === undefined ? now : Date.parse(finished)) - Date.parse(created));
}
