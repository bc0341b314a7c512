import { type Dtype, engineError } from '@frontier/engine';
import {
  downloadModel,
  type DownloadProgress,
  hubError,
  type HubSettings,
  parseHubReference,
  readHubSettings,
} from '@frontier/engine/hub';
import { type AppError, isAppError, messageOf } from '@frontier/errors';
import { RestartBackoff } from '../process/restart-backoff.js';
import type { LoadProgress } from './load-progress.js';

/** A download is written to the log so often. */
const LOG_MS = 10_000;
/** Interval between two progress events. */
const PROGRESS_MS = 500;
/** The hub is asked again after so long, whatever it wants. */
const MAX_DELAY_MS = 300_000;

interface ModelDownloadOptions {
  /** As `hf:org/name`. */
  reference: string;
  dtype: Dtype | undefined;
  /** Default: as the variables of the process say. */
  settings: HubSettings | undefined;
}

/** Listener of a {@link ModelDownload}; nothing is called after {@link ModelDownload.stop}. */
interface ModelDownloadListener {
  /** The model is on this machine, at this path. */
  onDownloaded(path: string): Promise<void>;
  /** It cannot be had as things are. */
  onFailed(error: AppError): void;
  onOutput(line: string): void;
  /** Twice a second at most. */
  onProgress(progress: LoadProgress): void;
}

/** Brings a model to this machine, and tries again for as long as that can help. */
export class ModelDownload {
  private readonly ending = new AbortController();
  private readonly backoff = new RestartBackoff();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void>;

  /** Begins at once. */
  constructor(
    private readonly options: ModelDownloadOptions,
    private readonly listener: ModelDownloadListener,
  ) {
    this.running = this.run();
  }

  /** Ends it; what is there is kept for the next time. */
  async stop(): Promise<void> {
    this.ending.abort(new Error('The server stops.'));
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    // The caller's constructor ends first.
    await Promise.resolve();
    const path = await this.download(signal);
    if (path === undefined || signal.aborted) return;
    try {
      await this.listener.onDownloaded(path);
    } catch (error) {
      this.listener.onFailed(isAppError(error) ? error : engineError(messageOf(error), error));
    }
  }

  /** The model's path; `undefined` where it cannot be had now. */
  private async download(signal: AbortSignal): Promise<string | undefined> {
    const { reference, dtype } = this.options;
    try {
      const settings = this.options.settings ?? readHubSettings(process.env);
      const onProgress = this.reporter();
      const options = { settings, dtype, signal, onProgress };
      const { path, warnings } = await downloadModel(parseHubReference(reference), options);
      for (const warning of warnings) this.listener.onOutput(warning);
      return path;
    } catch (error) {
      if (!signal.aborted) this.onError(error);
      return undefined;
    }
  }

  private onError(error: unknown): void {
    const failure = isAppError(error)
      ? error
      : hubError('no_space', `${this.options.reference} cannot be kept: ${messageOf(error)}`, { cause: error });
    if (!failure.retryable) return this.listener.onFailed(failure);
    const delayMs = Math.min(Math.max(this.backoff.next(0), failure.retryAfterMs ?? 0), MAX_DELAY_MS);
    this.listener.onOutput(`${failure.message} It is tried again in ${Math.ceil(delayMs / 1000)} s.`);
    this.timer = setTimeout(() => (this.running = this.run()), delayMs);
  }

  private reporter(): (progress: DownloadProgress) => void {
    const started = { at: performance.now(), bytes: undefined as number | undefined };
    let nextLogAt = 0;
    let nextAt = 0;
    return (progress) => {
      const { bytes, totalBytes } = progress;
      const now = performance.now();
      started.bytes ??= bytes;
      if (bytes < totalBytes && now >= nextLogAt) {
        nextLogAt = now + LOG_MS;
        this.log(progress);
      }
      if (bytes < totalBytes && now < nextAt) return;
      nextAt = now + PROGRESS_MS;
      const seconds = (now - started.at) / 1000;
      const perSecond = seconds < 1 ? null : Math.round((bytes - started.bytes) / seconds);
      this.listener.onProgress({ phase: 'downloading', done: bytes, total: totalBytes, perSecond });
    };
  }

  private log({ bytes, totalBytes, commit, files }: DownloadProgress): void {
    const mb = (count: number): string => (count / 1e6).toFixed(0);
    this.listener.onOutput(
      `${this.options.reference} is being downloaded: ${mb(bytes)} of ${mb(totalBytes)} MB (${files} files of ${commit.slice(0, 7)}).`,
    );
  }
}
