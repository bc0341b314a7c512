import { randomUUID } from 'node:crypto';
import type { ModelInfo } from '@frontier/inference';

/** What all parts of an answer repeat. */
export interface AnswerHead {
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** The model's own name. */
  model: string;
  system_fingerprint: string;
}

/** Begins an answer; its fingerprint changes with the model's files and how they are computed with. */
export function answerHead(kind: 'chatcmpl' | 'cmpl', model: string, { fingerprint }: ModelInfo): AnswerHead {
  return {
    id: `${kind}-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `fp_${fingerprint.slice(0, 10)}`,
  };
}

/** Fields of {@link AnswerHead} for the OpenAPI document. */
export const HEAD_DOCS = {
  id: { description: 'The id of this answer.', example: 'chatcmpl-0d3f6c1e8f5b4f0e9a4b2f6a4d0c8f11' },
  created: { description: 'When it was begun, in seconds since 1970.', example: 1_795_000_000 },
  model: { description: 'The model that answered, by its own name.', example: 'storyteller' },
  system_fingerprint: {
    description: 'Changes when the same seeded request could get another answer.',
    example: 'fp_3fa85f6457',
  },
};
