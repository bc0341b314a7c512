import type { HttpAdapterHost } from '@nestjs/core';

/**
 * Proves that the app runs on Fastify, or on no HTTP server at all.
 * @param feature the part that needs it, for the message
 * @throws an `Error` that names the part and the cure
 */
export function requireFastify({ httpAdapter }: HttpAdapterHost, feature: string): void {
  const type = (httpAdapter as HttpAdapterHost['httpAdapter'] | undefined)?.getType();
  if (type === undefined || type === 'fastify') return;
  throw new Error(
    `${feature} needs Fastify, and this app runs on ${type}: create it with NestFactory.create(AppModule, new FastifyAdapter()). ` +
      'Guards, ErrorFilter, IdempotentExecutor, InferenceService and JobsService work on both.',
  );
}
