import { durationText, tokenRate } from '../text/numbers.js';
import { oneLine } from '../text/printable.js';

/** Fields of a line of the server's log; those of requests have an endpoint. */
export interface LogLine {
  level: string;
  msg: string;
  err?: { message?: string };
  endpoint?: string;
  method?: string;
  status?: number;
  latency_ms?: number;
  model?: string;
  prompt_tokens?: number;
  completion_tokens?: number;
  ttft_ms?: number;
  cached?: boolean;
  error?: string;
}

/** A request in one line for people: `14:02:11 POST /v1/chat/completions 200 1.32 s storyteller 84+128 tok, first 46 ms, 100/s`. */
export function accessLine(line: LogLine, at: Date = new Date()): string {
  const { method, endpoint, status, latency_ms = 0, model, error } = line;
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  const parts = [time, method, endpoint, status, durationText(latency_ms), model, tokensOf(line), error];
  return oneLine(parts.filter((part) => part !== undefined && part !== '').join(' '));
}

function tokensOf({ prompt_tokens, completion_tokens, ttft_ms, latency_ms = 0, cached }: LogLine): string {
  if (prompt_tokens === undefined || completion_tokens === undefined) return '';
  const parts = [`${prompt_tokens}+${completion_tokens} tok`];
  if (cached) return [...parts, 'from cache'].join(', ');
  if (ttft_ms === undefined) return parts[0];
  parts.push(`first ${durationText(ttft_ms)}`);
  const rate = tokenRate(completion_tokens, latency_ms - ttft_ms);
  return [...parts, ...(rate === undefined ? [] : [rate])].join(', ');
}
