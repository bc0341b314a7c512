import { z } from 'zod';

/** A model and its status. Times are milliseconds since 1970, sizes bytes; `null`: not known. */
export const modelSchema = z.object({
  id: z.string(),
  aliases: z.array(z.string()).readonly(),
  task: z.enum(['generate', 'embed', 'rerank', 'classify', 'tensor']).nullable(),
  status: z.enum(['unloaded', 'loading', 'ready', 'unloading', 'failed']),
  policy: z.enum(['keep', 'on_demand']),
  precision: z.string().nullable(),
  provider: z.string().nullable(),
  context: z.int().nullable(),
  /** Measured, of its processes. */
  memory: z.number().nullable(),
  /** Estimated, before it is loaded. */
  estimate: z.number().nullable(),
  /** Beginning of the status. */
  since: z.number(),
  idle_unload_at: z.number().nullable(),
  progress: z
    .object({
      phase: z.literal('downloading'),
      done: z.number(),
      total: z.number(),
      unit: z.literal('bytes'),
      per_s: z.number().nullable(),
    })
    .optional(),
  error: z.object({ code: z.string(), message: z.string(), retry_at: z.number().nullable() }).optional(),
  warnings: z.array(z.string()).readonly(),
  revision: z.string().nullable(),
  source: z.string(),
});
export type LiveModel = z.infer<typeof modelSchema>;
