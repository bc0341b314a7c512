import { type HttpServer, Logger } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { AppError } from './app-error.js';

const anError = (status: number, publicMessage?: string): AppError =>
  new AppError('Free the widget.', { code: 'widget_stuck', status, publicMessage });

describe(AppError, () => {
  beforeAll(() => Logger.overrideLogger(false));

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
function replyOf(error: AppError): unknown[] {
  const replies: unknown[][] = [];
  const reply = (_: unknown, ...sent: unknown[]): void => void replies.push(sent);
  const adapter = { isHeadersSent: () => false, reply } as unknown as HttpServer;
  const filter = new BaseExceptionFilter(adapter);
  filter.handleUnknownError(error, new ExecutionContextHost([{}, {}]), adapter);
  return replies[0];
}
