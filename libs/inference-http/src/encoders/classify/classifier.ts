import { Injectable } from '@nestjs/common';
import { EncoderService } from '@frontier/inference';
import { assertKnownIds, inputsOf } from '../request/encoder-input.js';
import { type EncoderContext, toEncodeRequest } from '../request/encoder.request.js';
import { wantsLogits } from '../request/scoring.request.js';
import type { ApiEncoding } from '../response/encoder-handler.js';
import type { ClassifyRequest } from './classify.request.js';
import { type ClassificationList, toClassificationList } from './classify.response.js';

/** Prepares requests for the labels of texts. */
@Injectable()
export class Classifier {
  constructor(private readonly encoders: EncoderService) {}

  /** @throws the errors of `EncoderService.info`, and `invalid_request` for ids that the model does not have */
  prepare(body: ClassifyRequest, context: EncoderContext): ApiEncoding<ClassificationList> {
    const inputs = inputsOf(body.input);
    const settings = toEncodeRequest(body, context);
    const { name, vocabSize } = this.encoders.info({ ...settings, task: 'classify' });
    assertKnownIds(inputs, vocabSize, '/input');
    const asked = { ...settings, model: name, task: 'classify', output: 'logits', inputs } as const;
    return {
      operation: 'classify',
      model: name,
      inputs,
      run: () => this.encoders.encode(asked, context.deadline),
      toAnswer: (result) => toClassificationList(result, wantsLogits(body)),
    };
  }
}
