import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { describe, expect, it } from 'vitest';
import {
  ApplyTemplateRequest,
  ChatRequest,
  ClassifyRequest,
  CompletionRequest,
  DetokenizeRequest,
  EmbeddingRequest,
  InferParams,
  InferRequest,
  RerankRequest,
  ScoreRequest,
  TokenizeRequest,
} from '@frontier/inference-http';
import { EncoderJobRequest, JobRequest } from './job.request.js';
import { RequestValidationPipe, ValidatedBodyCache } from '@frontier/http';

const messages = [{ role: 'user', content: 'Hello' }];
const BODIES: [Type, object][] = [
  [InferRequest, { prompt: 'x' }],
  [JobRequest, { prompt: 'x' }],
  [EncoderJobRequest, { url: '/v1/embeddings', body: { input: 'x' } }],
  [EmbeddingRequest, { input: 'x' }],
  [RerankRequest, { query: 'x', documents: ['y'] }],
  [ScoreRequest, { text_1: 'x', text_2: 'y' }],
  [ClassifyRequest, { input: 'x' }],
  [CompletionRequest, { prompt: 'x' }],
  [ChatRequest, { messages }],
  [TokenizeRequest, { prompt: 'x' }],
  [DetokenizeRequest, { tokens: [1] }],
  [ApplyTemplateRequest, { messages }],
];
/** Checks of fields that hold one value. */
const SCALARS = new Set(['isString', 'isIn', 'isInt', 'isNumber', 'isBoolean', 'isWellFormed']);

/** The fields of a class that hold one value, by their checks. */
function scalarFields(type: Type): string[] {
  const checks = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return [...new Set(checks.filter(({ name }) => SCALARS.has(name ?? '')).map(({ propertyName }) => propertyName))];
}

describe(RequestValidationPipe, () => {
  const check = (type: Type, body: object): Promise<unknown> =>
    new RequestValidationPipe(new ValidatedBodyCache()).transform(body, { type: 'body', metatype: type });

  describe.each(BODIES)('%o', (type, body) => {
    it('is valid as it stands', async () => {
      expect(scalarFields(type).length).toBeGreaterThan(0);
      await expect(check(type, body)).resolves.toMatchObject(body);
    });

    it.each(scalarFields(type))('refuses an object or a list in the place of %s', async (field) => {
      for (const value of [{}, { a: 1 }, [], ['a', 'b'], [1], [[]]]) {
        await expect(check(type, { ...body, [field]: value })).rejects.toMatchObject({
          code: 'invalid_request',
          errors: [expect.objectContaining({ pointer: `/${field}` })],
        });
      }
    });
  });

  describe.each<[string[], string, (value: object) => [Type, object]]>([
    [scalarFields(InferParams), '/params', (params) => [InferRequest, { prompt: 'x', params }]],
    [['role', 'name'], '/messages/0', (message) => [ChatRequest, { messages: [{ ...messages[0], ...message }] }]],
    [['role', 'name'], '/messages/0', (message) => [TokenizeRequest, { messages: [{ ...messages[0], ...message }] }]],
  ])('%o at %s', (fields, pointer, bodyOf) => {
    it.each(fields)('refuses an object or a list in the place of %s', async (field) => {
      for (const value of [{}, { a: 1 }, [], ['a', 'b'], [1]]) {
        await expect(check(...bodyOf({ [field]: value }))).rejects.toMatchObject({
          code: 'invalid_request',
          errors: [expect.objectContaining({ pointer: `${pointer}/${field}` })],
        });
      }
    });
  });
});
