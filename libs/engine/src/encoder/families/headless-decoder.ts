import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../../model/config-reader.js';
import { FAMILIES } from '../../model/families/families.js';
import { toModelConfig } from '../../model/families/read-model-config.js';
import type { HeadlessDecoderConfig } from '../config/headless-decoder-config.js';
import type { EncoderArchitecture, EncoderHead } from './encoder-family.js';

/** The ends of the names of a decoder's architectures: one without output projection, and one with a head for labels. */
const WITHOUT_HEAD = /(Text)?Model$/;
const CLASSIFIER = /(Text)?ForSequenceClassification$/;

/** The head of `GenericForSequenceClassification` in transformers. */
const SCORE_HEAD: EncoderHead = {
  pooling: 'lasttoken',
  layers: [{ dense: 'score', activation: 'identity', isInner: false, isBiased: false }],
};

/** The decoder of an architecture: a family's own, or its `...Model` or `...ForSequenceClassification`; `undefined` for others. */
export function headlessDecoder(architecture: string): EncoderArchitecture | undefined {
  const generating = generatingArchitecture(architecture);
  if (generating === undefined) return undefined;
  return {
    isClassifier: CLASSIFIER.test(architecture),
    generates: generating === architecture,
    read: (config) => ({ ...readConfig(config, generating), architecture, family: 'decoder' }),
    head: (config) => ({ ...SCORE_HEAD, paddingToken: config.tokenIds('pad_token_id')[0] }),
  };
}

/** The architectures that are served, as their families name them. */
export function servedDecoders(): string[] {
  return Object.keys(FAMILIES);
}

function generatingArchitecture(architecture: string): string | undefined {
  const candidates = [WITHOUT_HEAD, CLASSIFIER].map((end) => architecture.replace(end, 'ForCausalLM'));
  return [architecture, ...candidates].find((candidate) => Object.hasOwn(FAMILIES, candidate));
}

function readConfig(config: ConfigReader, architecture: string): Omit<HeadlessDecoderConfig, 'family'> {
  // Models that embed often come with code of their own, which attends in both directions under the name of a decoder.
  config.refuse('auto_map');
  const isCausal = config.flag('is_causal', true);
  const shape = toModelConfig(config, architecture);
  if (!isCausal && shape.windows.some((window) => window !== undefined)) {
    throw modelUnsupported(
      `${config.path}: "is_causal": false is not supported with windows, which reach in one direction alone.`,
    );
  }
  if (shape.ropes.some((rope) => rope?.scaling.type === 'longrope')) {
    throw modelUnsupported(
      `${config.path}: LongRoPE is not supported in a model that embeds, since its angles depend on the length of each text.`,
    );
  }
  return { ...shape, isCausal };
}
