import type { Dtype } from '@frontier/engine';
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

/** A download is reported so often. */
const REPORT_MS = 10_000;

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
  onDownloaded(path: string): void;
  /** It cannot be had as things are. */
  onFailed(error: AppError): void;
  /** It cannot be had now, and is tried again. */
  onDelayed(reason: string): void;
  onOutput(line: string): void;
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
    const { reference, dtype, settings = readHubSettings(process.env) } = this.options;
    const { signal } = this.ending;
    // The caller's constructor ends first.
    await Promise.resolve();
    try {
      const onProgress = this.reporter();
      const { path, warnings } = await downloadModel(parseHubReference(reference), {
        settings,
        dtype,
        signal,
        onProgress,
      });
      if (signal.aborted) return;
      for (const warning of warnings) this.listener.onOutput(warning);
      this.listener.onDownloaded(path);
    } catch (error) {
      if (!signal.aborted) this.onError(error);
    }
  }

  private onError(error: unknown): void {
    const failure = isAppError(error)
      ? error
      : hubError('no_space', `${this.options.reference} cannot be kept: ${messageOf(error)}`, { cause: error });
    if (!failure.retryable) return this.listener.onFailed(failure);
    this.listener.onDelayed(`has no model yet: ${failure.message}`);
    const delayMs = Math.max(this.backoff.next(0), failure.retryAfterMs ?? 0);
    this.timer = setTimeout(() => (this.running = this.run()), delayMs);
  }

  private reporter(): (progress: DownloadProgress) => void {
    let nextAt = 0;
    return ({ bytes, totalBytes, commit, files }) => {
      if (bytes === totalBytes || performance.now() < nextAt) return;
      nextAt = performance.now() + REPORT_MS;
      const mb = (count: number): string => (count / 1e6).toFixed(0);
      this.listener.onOutput(
        `${this.options.reference} is being downloaded: ${mb(bytes)} of ${mb(totalBytes)} MB (${files} files of ${commit.slice(0, 7)}).`,
      );
    };
  }
}
