import { type Attachment, type AttachmentKind, type Job, type JobStore, PART_BYTES } from '@frontier/durable';
import { jobNotFound, outputTooLarge } from './jobs.errors.js';

/** Bytes of a job's attachments at most. */
export const MAX_ATTACHED_BYTES = { input: 2 ** 22, output: 2 ** 24 } as const satisfies Record<AttachmentKind, number>;

/**
 * An output with a JSON text that may have megabytes, as executors return it: the text is in no list, and only one of a single part is in
 * messages.
 */
export class AttachedOutput {
  private constructor(
    /** Plain data, as of executors without attachments. */
    readonly output: unknown,
    readonly attachment: Attachment,
  ) {}

  /**
   * @param text JSON in UTF-8, piece by piece
   * @throws `job_output_too_large`
   */
  static async of(output: unknown, text: AsyncIterable<Uint8Array>): Promise<AttachedOutput> {
    const attachment = await attachmentOf(text, MAX_ATTACHED_BYTES.output);
    if (!attachment) throw outputTooLarge(MAX_ATTACHED_BYTES.output);
    return new AttachedOutput(output, attachment);
  }
}

/** The pieces of a text as an attachment; `undefined` where they have more bytes than that. */
export async function attachmentOf(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
): Promise<Attachment | undefined> {
  const parts: Uint8Array[] = [];
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  let bytes = 0;
  for await (const piece of pieces) {
    if ((bytes += piece.length) > maxBytes) return undefined;
    for (let from = 0; from < piece.length;) {
      const taken = piece.subarray(from, from + PART_BYTES - filled);
      part.set(taken, filled);
      filled += taken.length;
      from += taken.length;
      if (filled < PART_BYTES) continue;
      parts.push(part);
      part = new Uint8Array(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) parts.push(part.slice(0, filled));
  return parts;
}

/** The parts of a job's attachment, read one after the other; none where it has no such attachment. */
export async function* attachedParts(
  store: JobStore,
  { id, attachments }: Job,
  kind: AttachmentKind,
): AsyncGenerator<Uint8Array> {
  const { parts = 0 } = attachments?.[kind] ?? {};
  for (let index = 0; index < parts; index++) {
    const part = await store.part(id, kind, index);
    // It was forgotten meanwhile.
    if (!part) throw jobNotFound(id);
    yield part;
  }
}

/** A job's whole attachment. */
export async function attachedBytes(store: JobStore, job: Job, kind: AttachmentKind): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(attachedParts(store, job, kind)));
}

/** The text of a job's output where it is small enough for messages, parsed. */
export async function smallOutput(store: JobStore, job: Job): Promise<unknown> {
  if (job.attachments?.output?.parts !== 1) return undefined;
  return JSON.parse((await attachedBytes(store, job, 'output')).toString());
}
