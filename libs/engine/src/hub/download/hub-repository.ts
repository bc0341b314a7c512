import type { HubFile } from '../reference/hub-file.js';
import { hubError } from '../reference/hub-error.js';
import { type HubReference, hubReferenceText, isCommit, isSafePath } from '../reference/hub-reference.js';
import type { HubClient } from './hub-client.js';

/** A repository at one commit. */
export interface HubRepository {
  commit: string;
  files: HubFile[];
}

const MAX_FILES = 20_000;

/**
 * Asks a hub which commit a revision is, and for the files of that commit, in one answer: `GET /api/models/{repository}/revision/{revision}?blobs=true`,
 * https://huggingface.co/docs/hub/api
 * @throws `HubError` as {@link HubClient.json}, and where the answer has not what it should, or a name that leads out of the folder
 */
export async function readRepository(client: HubClient, reference: HubReference): Promise<HubRepository> {
  const subject = hubReferenceText({ repository: reference.repository, revision: reference.revision });
  const path = `/api/models/${reference.repository}/revision/${encodeURIComponent(reference.revision)}?blobs=true`;
  const { sha, siblings } = ((await client.json(path, subject)) ?? {}) as { sha?: unknown; siblings?: unknown };
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings) || siblings.length > MAX_FILES) {
    throw hubError('damaged', `${subject}: the hub names no commit with files; is HF_ENDPOINT the address of a hub?`);
  }
  if (isCommit(reference.revision) && sha !== reference.revision) {
    throw hubError('damaged', `${subject}: the hub gives the commit ${sha} in its place.`);
  }
  return { commit: sha, files: siblings.map((each) => readFile(each, subject)) };
}

function readFile(entry: unknown, subject: string): HubFile {
  const { rfilename, size, blobId, lfs } = (entry ?? {}) as Record<string, unknown>;
  const sha256 = (lfs as { sha256?: unknown } | null | undefined)?.sha256;
  if (typeof rfilename !== 'string' || !isSafePath(rfilename)) {
    throw hubError('unsafe_name', `${subject}: the hub names a file ${JSON.stringify(rfilename)}, which is refused.`);
  }
  const etag = sha256 ?? blobId;
  const isContent = typeof etag === 'string' && (sha256 === undefined ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/).test(etag);
  if (!isContent || !Number.isSafeInteger(size) || (size as number) < 0) {
    throw hubError('damaged', `${subject}: the hub does not say what ${rfilename} holds.`);
  }
  return { path: rfilename, bytes: size as number, etag };
}
