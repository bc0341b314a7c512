import { Injectable } from '@nestjs/common';
import { type RequestContext } from '@frontier/http';
import {
  type EncoderModelInfo,
  type EncoderResult,
  EncoderService,
  type EncodeRequest,
  ModelRegistry,
  scoresOf,
  type TensorModelInfo,
  TensorService,
} from '@frontier/inference';
import { ENCODER_LIMITS } from '../../encoders/request/encoder-limits.js';
import { noteEncoding } from '../../encoders/response/encoder-handler.js';
import { type Signature, signatureOf } from '../models/model-metadata.js';
import type { InferBody } from '../tensors/read-infer-body.js';
import { fromNamed, malformedTensors, type Tensor, type TextTensor, toNamed } from '../tensors/tensor.js';
import type { InferAnswer } from '../tensors/write-infer-answer.js';

const OPERATIONS = { embed: 'embeddings', rerank: 'rerank', classify: 'classify' } as const;

/** An answer, and how it came about. */
interface RanInfer extends InferAnswer {
  result: Pick<EncoderResult, 'cache' | 'tokenLimit'> & { durations?: { queueMs: number; computeMs: number } };
}

/** Runs the tensors of a request, each of which is checked before any is computed. */
@Injectable()
export class InferRunner {
  constructor(
    private readonly encoders: EncoderService,
    private readonly tensors: TensorService,
    private readonly models: ModelRegistry,
  ) {}

  /**
   * Computes the outputs of a model of tensors, or of an encoder.
   * @throws `malformed_request` where tensors are not those of the model, `task_unsupported` for one that generates, and as `TensorService.run` and
   * `EncoderService.encode`
   */
  async run(model: string, body: InferBody, context: RequestContext): Promise<RanInfer> {
    const { name } = this.models.get(model, context.principal);
    return this.models.anyInfo(name).kind === 'tensor'
      ? this.runTensors(name, body, context)
      : this.runEncoder(name, body, context);
  }

  private async runTensors(
    name: string,
    body: InferBody,
    { principal, deadline, record }: RequestContext,
  ): Promise<RanInfer> {
    const { inputs, outputs } = body;
    Object.assign(record, { operation: 'infer', model: name });
    assertWritable(this.tensors.info(name, principal), body);
    const request = {
      model: name,
      principal,
      inputs: inputs.map(toNamed),
      outputs: outputs?.map((output) => output.name),
    };
    const result = await this.tensors.run(request, deadline);
    Object.assign(record, { queueMs: result.durations.queueMs });
    return {
      model: name,
      tensors: result.outputs.map(fromNamed),
      result: { cache: 'BYPASS', durations: result.durations },
    };
  }

  private async runEncoder(
    name: string,
    { inputs, outputs }: InferBody,
    { principal, cache, deadline, record }: RequestContext,
  ): Promise<RanInfer> {
    const info = this.encoders.anyInfo(name, principal);
    const { task } = info;
    const signature = signatureOf(info);
    const tensors = byName(inputs, signature);
    assertOutputs(outputs, signature);
    const texts = tensors.text.data;
    if (texts.length === 0) throw malformedTensors('"text" has no element');
    // A ranking may have empty documents, and no empty query.
    const [filled, place] = task === 'rerank' ? [tensors.query.data, 'query'] : [texts, 'text'];
    const empty = filled.indexOf('');
    if (empty !== -1) throw malformedTensors(`element ${empty} of "${place}" is empty`);
    const [query] = tensors.query?.data ?? [];
    const asked: EncodeRequest = {
      principal,
      cache,
      model: name,
      task,
      output: task === 'embed' ? 'vector' : 'logits',
      inputs: query === undefined ? texts : texts.map((text) => [query, text] as const),
    };
    Object.assign(record, { operation: OPERATIONS[task], model: name });
    if (record.prompt !== undefined) record.prompt = texts.join('\n');
    const result =
      task === 'embed' ? await this.encoders.embed(asked, {}, deadline) : await this.encoders.encode(asked, deadline);
    noteEncoding(record, result);
    return { model: name, tensors: tensorsOf(result, info), result };
  }
}

/** @throws `malformed_request` where an output is wanted as JSON that JSON cannot say */
function assertWritable({ outputs: specs }: TensorModelInfo, { outputs, isBinary }: InferBody): void {
  const asked = outputs ?? specs.map(({ name }) => ({ name, isBinary }));
  for (const { name, isBinary: asBytes } of asked) {
    const isHalf = specs.some((spec) => spec.name === name && spec.type === 'float16');
    if (isHalf && !asBytes) throw malformedTensors(`"${name}" is of FP16, which JSON does not have: ask for bytes`);
  }
}

/** @throws `malformed_request` where the model has no output of a name */
function assertOutputs(asked: InferBody['outputs'], { outputs }: Signature): void {
  const names = outputs.map(({ name }) => name);
  const wrong = asked?.find(({ name }) => !names.includes(name));
  if (wrong) throw malformedTensors(`there is no output "${wrong.name}": there are ${names.join(', ')}`);
}

/** The inputs by their names: those of the model, no others, and none missing. */
function byName(inputs: readonly Tensor[], { inputs: wanted }: Signature): Record<string, TextTensor> {
  const names = wanted.map(({ name }) => name);
  const given = Object.fromEntries(inputs.map((input) => [input.name, input]));
  const wrong = inputs.find(({ name }) => !names.includes(name))?.name;
  const missing = names.find((name) => !Object.hasOwn(given, name));
  if (wrong !== undefined || missing !== undefined) {
    const what = wrong === undefined ? `there is no input "${missing}"` : `the model has no input "${wrong}"`;
    throw malformedTensors(`${what}: it takes ${names.join(' and ')}`);
  }
  for (const { name, shape } of wanted) {
    const { data, datatype, shape: sent } = given[name];
    if (datatype !== 'BYTES' || sent.length === 0)
      throw malformedTensors(`"${name}" must be of the datatype BYTES, and have a shape`);
    if (data.length > ENCODER_LIMITS.inputs)
      throw malformedTensors(`"${name}" has ${data.length} elements, and may have ${ENCODER_LIMITS.inputs}`);
    if (shape[0] !== -1 && data.length !== shape[0]) throw malformedTensors(`"${name}" must have ${shape[0]} element`);
  }
  return given as Record<string, TextTensor>;
}

function tensorsOf({ values }: EncoderResult, info: EncoderModelInfo): Tensor[] {
  if (info.task === 'embed') return [floats('embedding', values)];
  const scores = values.map((logits) => Float32Array.from(scoresOf(logits, info)));
  if (info.task === 'rerank') return [{ ...floats('score', scores), shape: [scores.length] }];
  const labels = scores.map(
    (row) => info.labels?.[row.indexOf(Math.max(...row))] ?? String(row.indexOf(Math.max(...row))),
  );
  return [{ name: 'label', datatype: 'BYTES', shape: [labels.length], data: labels }, floats('score', scores)];
}

function floats(name: string, rows: readonly Float32Array[]): Tensor {
  const width = rows[0].length;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return { name, datatype: 'FP32', shape: [rows.length, width], data };
}
