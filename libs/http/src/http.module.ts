import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestBodyGuard, RequestBodyOptions } from './body/request-body.guard.js';
import { ApiAuthGuard } from './context/api-auth.guard.js';
import { Drain } from './drain/drain.js';
import { ErrorFilter } from './filter/error.filter.js';
import { FailedRequestLimit, FailedRequestWindow } from './filter/failed-request-limit.js';
import { IdempotentExecutor } from './idempotency/idempotent-executor.js';
import { ValidatedBodyCache } from './validation/validated-body-cache.js';
import { RequestValidationPipe } from './validation/validation.pipe.js';

/** Options of {@link HttpModule}. */
export interface HttpModuleOptions {
  /** Bytes of one body at most. */
  maxBodyBytes: number;
  /** Requests without a valid token that may fail, of one address. */
  failedRequests: FailedRequestWindow;
}

const HttpModuleOptions = Symbol('HttpModuleOptions');

/** The modules that {@link HttpModule} stands on: `AuthModule`, `RateLimitModule` and `IdempotencyModule`, as the app made them. */
type HttpImports = Pick<ModuleMetadata, 'imports'> & {
  /** Makes the module global. */
  isGlobal?: boolean;
};

export type HttpModuleAsyncOptions = HttpImports & Pick<FactoryProvider<HttpModuleOptions>, 'inject' | 'useFactory'>;

/** Exports that do nothing, or fail, on another platform. */
const FASTIFY_ONLY = 'RequestBodyGuard, eventStream, jsonStream, observeRequests, Drain and @ErrorFormat';

const PROVIDERS = [
  ApiAuthGuard,
  RequestBodyGuard,
  ValidatedBodyCache,
  RequestValidationPipe,
  IdempotentExecutor,
  FailedRequestLimit,
  ErrorFilter,
  Drain,
];

/** Guards, pipe, filter, idempotency and drain of an HTTP server; the app binds those that it wants for all routes. */
@Module({})
export class HttpModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  static forRoot({ imports, isGlobal, ...options }: HttpImports & HttpModuleOptions): DynamicModule {
    return HttpModule.forRootAsync({ imports, isGlobal, useFactory: () => options });
  }

  static forRootAsync({ imports = [], isGlobal, inject = [], useFactory }: HttpModuleAsyncOptions): DynamicModule {
    const derived = (provide: symbol, select: (options: HttpModuleOptions) => object): FactoryProvider => ({
      provide,
      inject: [HttpModuleOptions],
      useFactory: select,
    });
    return {
      module: HttpModule,
      global: isGlobal,
      imports,
      providers: [
        { provide: HttpModuleOptions, inject, useFactory },
        derived(RequestBodyOptions, ({ maxBodyBytes }) => ({ maxBytes: maxBodyBytes })),
        derived(FailedRequestWindow, ({ failedRequests }) => failedRequests),
        ...PROVIDERS,
      ],
      exports: [...PROVIDERS, RequestBodyOptions, FailedRequestWindow],
    };
  }

  onModuleInit(): void {
    const type = (this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined)?.getType();
    if (type === undefined || type === 'fastify') return;
    new Logger(HttpModule.name).warn(`This app runs on ${type}: ${FASTIFY_ONLY} need Fastify. All else works on both.`);
  }
}
