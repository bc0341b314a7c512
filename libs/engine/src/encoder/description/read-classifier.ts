import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../../model/config-reader.js';
import type { EncoderFacts } from './encoder-description.js';

const PROBLEMS = ['single_label_classification', 'multi_label_classification', 'regression'] as const;

const ACTIVATIONS: Readonly<Record<string, 'identity' | 'sigmoid' | 'softmax'>> = {
  Identity: 'identity',
  Sigmoid: 'sigmoid',
  Softmax: 'softmax',
};

/**
 * The meaning of a head's logits, from `config.json`: one logit is the score of a text or of a pair, whose activation sentence-transformers
 * names; several are labels that exclude each other, unless `problem_type` says otherwise.
 * @throws `model_invalid`, `model_unsupported`
 */
export function readClassifier(config: ConfigReader): Omit<EncoderFacts, 'prompts'> {
  const labels = readLabels(config);
  const problem =
    config.value('problem_type') === undefined ? undefined : config.oneOf('problem_type', PROBLEMS, PROBLEMS[0]);
  const named = namedActivation(config);
  if (labels.length === 1) {
    const isRegression = problem === 'regression';
    const task = isRegression && named === undefined ? 'classify' : 'rerank';
    return { task, labels, multiLabel: false, activation: named ?? (isRegression ? 'identity' : 'sigmoid') };
  }
  const multiLabel = problem === 'multi_label_classification';
  const usual = problem === 'regression' ? 'identity' : multiLabel ? 'sigmoid' : 'softmax';
  return { task: 'classify', labels, multiLabel, activation: named ?? usual };
}

/** Names of the logits: `id2label`, or as many as `num_labels` says; two without either. */
function readLabels(config: ConfigReader): string[] {
  const map = config.section('id2label');
  const given = config.value('id2label') as Record<string, unknown> | undefined;
  const count = given === undefined ? config.size('num_labels', 2) : Object.keys(given).length;
  if (count === 0) throw config.invalid('id2label', 'an object with a label for each logit', given);
  return Array.from({ length: count }, (_, i) => {
    const label = given === undefined ? `LABEL_${i}` : map.value(String(i));
    if (typeof label === 'string') return label;
    throw map.invalid(String(i), 'the name of a label', label);
  });
}

function namedActivation(config: ConfigReader): EncoderFacts['activation'] {
  const given =
    config.section('sentence_transformers').value('activation_fn') ??
    config.value('sbert_ce_default_activation_function');
  if (given === undefined) return undefined;
  const name = String(given).split('.').at(-1)!;
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name];
  throw modelUnsupported(
    `${config.path}: the activation ${JSON.stringify(given)} is not supported; supported are ${Object.keys(ACTIVATIONS).join(', ')}.`,
  );
}
