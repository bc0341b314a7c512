import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { GenerationHandler } from '../generation/generation-handler.js';
import { GenerationRunner } from '../generation/generation-runner.js';
import { ChatController } from './chat/chat.controller.js';
import { DecisionsController } from './decisions/decisions.controller.js';
import { CompletionsController } from './completions/completions.controller.js';
import { ModelsController } from './models/models.controller.js';
import { OwnItems } from './responses/own-items.js';
import { ResponsesController } from './responses/responses.controller.js';
import { TokensController } from './tokenize/tokens.controller.js';

export interface OpenAiModuleOptions {
  /** The app's `InferenceModule` and `HttpModule`. */
  imports: ModuleMetadata['imports'];
  /** Adds `POST /v1/decisions`, which is young and may change; default false. */
  decisions?: boolean;
}

/** The routes of OpenAI's API, and those that vLLM adds for tokens and templates. */
@Module({})
export class OpenAiModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  static forRoot({ imports, decisions = false }: OpenAiModuleOptions): DynamicModule {
    return {
      module: OpenAiModule,
      imports,
      controllers: [
        ChatController,
        CompletionsController,
        ResponsesController,
        ModelsController,
        TokensController,
        ...(decisions ? [DecisionsController] : []),
      ],
      providers: [GenerationRunner, GenerationHandler, OwnItems],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'OpenAiModule (its streams are written by eventStream)');
  }
}
