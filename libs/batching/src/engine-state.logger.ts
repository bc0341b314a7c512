import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { AnyModelInfo } from '@frontier/engine';
import { BatchingService } from './batching.service.js';
import {
  type EngineOutput,
  engineOutputChannel,
  type EngineStateChange,
  engineStateChannel,
} from './channels/engine-channels.js';

/** Logs the states and the output of an app's engine processes, in any app that imports the module. */
@Injectable()
export class EngineStateLogger implements OnApplicationShutdown {
  private readonly logger = new Logger('Engine');

  constructor(private readonly engines: BatchingService) {
    engineStateChannel.subscribe(this.log);
    engineOutputChannel.subscribe(this.relay);
  }

  onApplicationShutdown(): void {
    engineStateChannel.unsubscribe(this.log);
    engineOutputChannel.unsubscribe(this.relay);
  }

  /** Native code writes to the standard error; its lines have no level that is worth trusting. */
  private readonly relay = (message: unknown): void => {
    const { model, line } = message as EngineOutput;
    if (this.engines.has(model)) this.logger.log(`Model "${model}": ${line}`);
  };

  private readonly log = (message: unknown): void => {
    const { model, state } = message as EngineStateChange;
    if (!this.engines.has(model)) return;
    switch (state.phase) {
      case 'ready':
        this.logger.log(
          `Model "${model}" is ready after ${state.info.loadMs.toFixed(0)} ms on ${state.info.provider} (graph ${state.info.graphOrigin}${prefixesOf(state.info)}).`,
        );
        for (const warning of state.info.warnings) this.logger.warn(`Model "${model}": ${warning}`);
        break;
      case 'restarting':
        this.logger.error(
          `The engine of model "${model}" ${state.reason.replace(/\.$/, '')}. It is being started again.`,
        );
        break;
      case 'failed':
        this.logger.error(`Model "${model}" cannot be served: ${state.error.message}`);
        break;
      case 'unloaded':
        this.logger.log(`Model "${model}" has left the memory.`);
        break;
      default:
        this.logger.debug(`Model "${model}": ${state.phase}.`);
    }
  };
}

/** The room for keys and values of earlier prompts, in words; nothing where there is none. */
function prefixesOf(info: AnyModelInfo): string {
  if (info.kind !== 'decoder' || info.prefixCacheBytes === 0) return '';
  return `, prefix cache up to ${Math.round(info.prefixCacheBytes / 2 ** 20)} MiB`;
}
