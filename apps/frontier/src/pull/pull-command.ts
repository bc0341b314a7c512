import {
  downloadModel,
  type DownloadProgress,
  hubReferenceText,
  parseHubReference,
  readHubSettings,
} from '@frontier/engine/hub';
import { CommandError } from '../cli/command-error.js';
import type { Context } from '../cli/context.js';
import { EXIT } from '../cli/exit-codes.js';
import { freeBytes } from '../cli/free-bytes.js';
import { interruptible } from '../cli/interruptible.js';
import { durationText, sizeText } from '../text/numbers.js';
import { ByteProgress } from './byte-progress.js';

/** Options of `frontier pull`. */
export interface PullOptions {
  include?: string[];
  exclude?: string[];
  offline?: boolean;
}

/** `frontier pull`: downloads a model into the cache of Hugging Face's programs, and goes on where it was stopped. */
export async function pullCommand({ terminal, options, env }: Context<PullOptions>, text: string): Promise<void> {
  if (/^[\w.-]+\/[\w.-]+(@|$)/.test(text)) throw withoutHub(text);
  const reference = parseHubReference(text);
  const found = readHubSettings(env);
  const settings = { ...found, isOffline: found.isOffline || options.offline === true };
  const free = await freeBytes(settings.cache);
  const startedAt = performance.now();
  const progress = new ByteProgress(terminal);
  let isKnown = false;
  let wasThere = true;
  const onProgress = ({ commit, files, bytes, totalBytes, file }: DownloadProgress): void => {
    if (!isKnown) {
      isKnown = true;
      wasThere = bytes === totalBytes;
      if (terminal.isJson) terminal.printJson({ event: 'resolved', revision: commit, files, bytes: totalBytes });
      const line = `${reference.revision} is ${commit.slice(0, 12)} · ${files} files · ${sizeText(totalBytes)} · ${sizeText(free)} free`;
      terminal.note(terminal.isUnicode ? line : line.replaceAll('·', '-'));
    }
    progress.update(bytes, totalBytes, file);
  };
  const { include = [], exclude = [] } = options;
  const files = { include, exclude };
  const subject = hubReferenceText(reference);
  try {
    const { path, warnings } = await interruptible(`frontier pull ${subject}`, (signal) =>
      downloadModel(reference, { settings, signal, onProgress, files }),
    );
    progress.end(isKnown && !wasThere);
    for (const warning of warnings) terminal.warn(warning);
    const seconds = (performance.now() - startedAt) / 1000;
    if (terminal.isJson) terminal.printJson({ event: 'done', path, seconds: Number(seconds.toFixed(1)) });
    else {
      const end = wasThere ? 'It is here already' : `Done in ${durationText(seconds * 1000)}, checksums good`;
      terminal.note(`${end}. Try: frontier run ${subject}`);
      // For scripts; a person has no use for it.
      if (terminal.stdout.isTTY !== true) terminal.print(path);
    }
  } catch (error) {
    progress.end(false);
    throw error;
  }
}

function withoutHub(text: string): CommandError {
  return new CommandError(`"${text}" names no hub.`, {
    code: 'model_download_failed',
    exitCode: EXIT.usage,
    hints: [["Hugging Face's", `frontier pull hf:${text}`]],
  });
}
