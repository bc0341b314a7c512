import { Injectable } from '@nestjs/common';
import { assertForm, EncoderService, promptOf } from '@frontier/inference';
import { assertKnownIds, inputsOf } from '../request/encoder-input.js';
import { type EncoderContext, toEncodeRequest } from '../request/encoder.request.js';
import type { ApiEncoding } from '../response/encoder-handler.js';
import type { EmbeddingRequest } from './embedding.request.js';
import { type EmbeddingList, expectedBytes, toEmbeddingList } from './embedding.response.js';

/** Numbers that are written at once: more are written piece by piece. */
const MAX_NUMBERS_AT_ONCE = 4096;

/** Prepares requests for embeddings. */
@Injectable()
export class Embedder {
  constructor(private readonly encoders: EncoderService) {}

  /** @throws the errors of `EncoderService.info`, and `invalid_request` for what the model does not have */
  prepare(body: EmbeddingRequest, context: EncoderContext): ApiEncoding<EmbeddingList> {
    const inputs = inputsOf(body.input);
    const settings = toEncodeRequest(body, context);
    const info = this.encoders.info({ ...settings, task: 'embed' });
    const form = { dimensions: body.dimensions ?? undefined, normalize: body.normalize ?? undefined };
    const promptName = body.prompt_name ?? undefined;
    assertKnownIds(inputs, info.vocabSize, '/input');
    assertForm(info, form);
    promptOf(info, promptName);
    const format = body.encoding_format ?? 'float';
    const asked = { ...settings, model: info.name, inputs, promptName };
    return {
      operation: 'embeddings',
      model: info.name,
      inputs,
      run: () => this.encoders.embed(asked, form, context.deadline),
      toAnswer: (result) => toEmbeddingList(result, format),
      isLarge: inputs.length * info.outputSize > MAX_NUMBERS_AT_ONCE,
      expectedBytes: expectedBytes(inputs.length, form.dimensions ?? info.outputSize, format),
    };
  }
}
