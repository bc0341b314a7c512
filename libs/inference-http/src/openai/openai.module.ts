import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { ChatController } from './chat/chat.controller.js';
import { CompletionsController } from './completions/completions.controller.js';
import { ModelsController } from './models/models.controller.js';
import { OpenAiGenerator } from './response/openai.generator.js';
import { TokensController } from './tokenize/tokens.controller.js';

/** The routes of OpenAI's API, and those that vLLM adds for tokens and templates. */
@Module({})
export class OpenAiModule {
  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: OpenAiModule,
      imports,
      controllers: [ChatController, CompletionsController, ModelsController, TokensController],
      providers: [OpenAiGenerator],
    };
  }
}
