/**
 * Kinds of a job's attachments: what came with it beside its document, and what came of it. An attachment may have megabytes, and is kept
 * apart in parts, so that neither a change of the job nor a list reads it.
 */
export type AttachmentKind = 'input' | 'output';

/** Bytes of a part at most; all but the last have as many. */
export const PART_BYTES = 262_144;

/** The parts of an attachment, with a buffer of its own each: a view of a larger one would take all of it to another thread. */
export type Attachment = readonly Uint8Array[];

/** Size of an attachment. */
export interface AttachmentSize {
  parts: number;
  bytes: number;
}

export function sizeOf(attachment: Attachment): AttachmentSize {
  return { parts: attachment.length, bytes: attachment.reduce((sum, part) => sum + part.length, 0) };
}
