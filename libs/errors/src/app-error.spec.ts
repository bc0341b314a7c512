import type { ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter, type HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from './app-error.js';

const anError = (status: number, publicMessage?: string): AppError =>
  new AppError('Free the widget.', { code: 'widget_stuck', status, publicMessage });

describe(AppError, () => {
  it.each([401, 403, 404, 409, 422, 429, 500, 503])("keeps its status %d in Nest's default filter", (status) => {
    expect(replyOf(anError(status))).toEqual([{ statusCode: status, message: 'Free the widget.' }, status]);
  });

  it("does not tell callers what only the log may say, also in Nest's default filter", () => {
    expect(replyOf(anError(503, 'Try again later.'))).toEqual([
      { statusCode: 503, message: 'Service Unavailable' },
      503,
    ]);
  });
});

/** The body and status with which Nest's default filter replies. */
function replyOf(error: AppError): [body: unknown, status: number] {
  const reply = vi.fn();
  const adapter = { isHeadersSent: () => false, reply } as unknown as HttpAdapterHost['httpAdapter'];
  const logger = vi.spyOn(BaseExceptionFilter as unknown as { logger: { error(): void } }, 'logger', 'get');
  logger.mockReturnValue({ error: () => {} });
  new BaseExceptionFilter(adapter).catch(error, { getArgByIndex: () => ({}) } as unknown as ArgumentsHost);
  logger.mockRestore();
  const [[, body, status]] = reply.mock.calls as [[unknown, unknown, number]];
  return [body, status];
}
