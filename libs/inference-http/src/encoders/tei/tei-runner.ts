import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '@frontier/http';
import { type EncodeRequest, type EncoderModelInfo, type EncoderResult, EncoderService } from '@frontier/inference';
import type { Exchange } from '../../generation/generation-handler.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { assertKnownIds } from '../request/encoder-input.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { setTeiHeaders } from './tei.responses.js';

const OPERATIONS = { embed: 'embeddings', rerank: 'rerank', classify: 'classify' } as const;
/** Numbers that are written at once: more are written piece by piece. */
const MAX_NUMBERS_AT_ONCE = 4096;

/** A request of one of TEI's routes. */
interface TeiCall<T extends object> {
  body: object;
  asked: EncodeRequest;
  /** Computes the results; default: as the encoder gives them. */
  run?: (asked: EncodeRequest) => Promise<EncoderResult>;
  toAnswer(result: EncoderResult): T;
}

/** Runs the requests of TEI's routes. */
@Injectable()
export class TeiRunner {
  constructor(
    private readonly encoders: EncoderService,
    private readonly handler: EncoderHandler,
  ) {}

  /** @throws the errors of {@link EncoderHandler.respond} */
  async respond<T extends object>(
    { request, reply }: Exchange,
    context: RequestContext,
    { body, asked, run, toAnswer }: TeiCall<T>,
  ): Promise<T | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    const info = this.encoders.info(asked);
    assertKnownIds(asked.inputs, info.vocabSize, '/inputs');
    const named = { ...asked, model: info.name };
    return this.handler.respond({ request, reply }, context, {
      operation: OPERATIONS[asked.task],
      model: info.name,
      inputs: asked.inputs,
      run: () => (run ? run(named) : this.encoders.encode(named, context.deadline)),
      toAnswer: (result) => {
        setTeiHeaders(
          reply,
          result,
          asked.inputs.reduce((sum, input) => sum + charactersOf(input), 0),
        );
        return toAnswer(result);
      },
      isLarge: asked.output === 'tokens' || isLong(asked, info),
    });
  }
}

function isLong({ inputs, output }: EncodeRequest, { outputSize }: EncoderModelInfo): boolean {
  return output === 'vector' && inputs.length * outputSize > MAX_NUMBERS_AT_ONCE;
}

function charactersOf(input: EncodeRequest['inputs'][number]): number {
  if (typeof input === 'string') return input.length;
  return typeof input[0] === 'string' ? input[0].length + (input[1] as string).length : 0;
}
