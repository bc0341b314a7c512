/** A file of a repository. */
export interface HubFile {
  /** With slashes, from the repository's root. */
  path: string;
  bytes: number;
  /** The name of its content: its SHA-256 where the hub keeps it apart (LFS), else the id of its Git blob. */
  etag: string;
}
