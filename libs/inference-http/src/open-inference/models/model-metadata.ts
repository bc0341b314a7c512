import type { AnyModelInfo, TensorSpec } from '@frontier/inference';
import { type Datatype, datatypeOf } from '../tensors/tensor.js';
import { VERSION } from '../errors/versions.js';

/** A tensor of a model; -1 stands for a length that is free. */
export interface TensorMetadata {
  name: string;
  datatype: Datatype;
  shape: number[];
}

/** The tensors of a model. */
export interface Signature {
  inputs: TensorMetadata[];
  outputs: TensorMetadata[];
}

const texts = (name: string, shape = [-1]): TensorMetadata => ({ name, datatype: 'BYTES', shape });
const floats = (name: string, shape: number[]): TensorMetadata => ({ name, datatype: 'FP32', shape });

function toMetadata({ name, type, dims }: TensorSpec): TensorMetadata {
  return { name, datatype: datatypeOf(type), shape: dims.map((size) => (typeof size === 'number' ? size : -1)) };
}

/** The tensors of a model, by what it does. */
export function signatureOf(info: AnyModelInfo): Signature {
  if (info.kind === 'tensor') return { inputs: info.inputs.map(toMetadata), outputs: info.outputs.map(toMetadata) };
  if (info.kind === 'decoder') return { inputs: [texts('text_input', [1])], outputs: [texts('text_output', [1])] };
  switch (info.task) {
    case 'embed':
      return { inputs: [texts('text')], outputs: [floats('embedding', [-1, info.outputSize])] };
    case 'rerank':
      return { inputs: [texts('query', [1]), texts('text')], outputs: [floats('score', [-1])] };
    case 'classify':
      return { inputs: [texts('text')], outputs: [texts('label'), floats('score', [-1, info.outputSize])] };
  }
}

/** The metadata of a model (https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md). */
export function metadataOf(name: string, info: AnyModelInfo): object {
  return { name, versions: [VERSION], platform: 'onnxruntime_onnx', ...signatureOf(info) };
}
