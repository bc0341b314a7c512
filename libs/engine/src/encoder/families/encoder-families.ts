import type { EncoderFamilyName } from '../config/encoder-config.js';
import { bert } from './bert.js';
import { distilbert } from './distilbert.js';
import type { EncoderArchitecture, EncoderFamily } from './encoder-family.js';
import { headlessDecoder, servedDecoders } from './headless-decoder.js';
import { modernbert } from './modernbert.js';
import { mpnet } from './mpnet.js';
import { camembert, roberta, xlmRoberta } from './roberta.js';

const FAMILIES: readonly (readonly [EncoderFamilyName, EncoderFamily])[] = [
  ['bert', bert],
  ['roberta', roberta],
  ['roberta', xlmRoberta],
  ['roberta', camembert],
  ['distilbert', distilbert],
  ['mpnet', mpnet],
  ['modernbert', modernbert],
];

/** An architecture by its name; `undefined` where it gives no vectors. */
export function encoderArchitecture(architecture: string): EncoderArchitecture | undefined {
  for (const [name, family] of FAMILIES) {
    const isClassifier = family.classifier === architecture;
    if (!isClassifier && !family.models.includes(architecture)) continue;
    const read: EncoderArchitecture['read'] = (config) => ({ architecture, family: name, ...family.read(config) });
    return { isClassifier, generates: false, read, head: (config) => family.head(config) };
  }
  return headlessDecoder(architecture);
}

/** The family of that name. */
export function encoderFamily(name: EncoderFamilyName): EncoderFamily {
  const found = FAMILIES.find(([known]) => known === name);
  if (!found) throw new Error(`Bug: there is no family ${name}.`);
  return found[1];
}

/** Encoders, and architectures that are no decoders, which are refused by name. */
const REFUSED =
  /^(Albert|Electra|Deberta|Nomic|Jina|T5|MT5|Funnel|Longformer|BigBird|Reformer|XLNet|ConvBert|Squeeze|Roformer|RoFormer|Nystromformer|Luke|Ernie|NewModel|GteModel)|(ForTokenClassification|ForQuestionAnswering|ForMultipleChoice|EncoderModel)$/i;

/** True for architectures of encoders that are not served. */
export function isUnservedEncoder(architecture: string): boolean {
  return (
    REFUSED.test(architecture) || /^(Bert|Roberta|XLMRoberta|Camembert|DistilBert|MPNet|ModernBert)/.test(architecture)
  );
}

/** The architectures that are served. */
export function servedEncoders(): string[] {
  return [...FAMILIES.flatMap(([, { models, classifier }]) => [models[0], classifier]), ...servedDecoders()];
}
