import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { GenerationHandler } from '../generation/generation-handler.js';
import { GenerationRunner } from '../generation/generation-runner.js';
import { MessagesController } from './messages/messages.controller.js';

/** The routes of Anthropic's API. */
@Module({})
export class AnthropicModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: AnthropicModule,
      imports,
      controllers: [MessagesController],
      providers: [GenerationRunner, GenerationHandler],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'AnthropicModule (its streams are written by eventStream)');
  }
}
