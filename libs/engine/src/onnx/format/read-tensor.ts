import { type ExternalBytes, type OnnxTensor, onnxTypeOf } from './onnx-model.js';
import { packedIntegers, ProtobufError, protobufFields, signed, textOf } from './protobuf-reader.js';
import { encodeElements } from './tensor-elements.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** The integers of a repeated field, which may be packed. */
export function integersOf(field: { integer: bigint; bytes: Bytes }): bigint[] {
  return (field.bytes.length > 0 ? packedIntegers(field.bytes) : [field.integer]).map(signed);
}

/** Reads an `onnx.TensorProto`. */
export function readTensor(bytes: Bytes): OnnxTensor {
  let name = '';
  let number = 0;
  let raw: Bytes | undefined;
  let isExternal = false;
  const dims: number[] = [];
  const external = new Map<string, string>();
  const lists = { floats: [] as Bytes[], integers: [] as bigint[], texts: [] as Bytes[] };
  for (const field of protobufFields(bytes)) {
    switch (field.number) {
      case 1:
        for (const integer of integersOf(field)) dims.push(Number(integer));
        break;
      case 2:
        number = Number(field.integer);
        break;
      case 3:
        throw new ProtobufError('a tensor is stored in segments');
      // float_data and double_data: as they are in memory.
      case 4:
      case 10:
        lists.floats.push(field.bytes);
        break;
      // int32_data, int64_data and uint64_data
      case 5:
      case 7:
      case 11:
        for (const integer of integersOf(field)) lists.integers.push(integer);
        break;
      case 6:
        lists.texts.push(field.bytes);
        break;
      case 8:
        name = textOf(field.bytes);
        break;
      case 9:
        raw = field.bytes;
        break;
      case 13: {
        const [key, value] = readEntry(field.bytes);
        external.set(key, value);
        break;
      }
      case 14:
        isExternal = field.integer === 1n;
        break;
    }
  }
  const type = onnxTypeOf(number);
  if (type === undefined) throw new ProtobufError(`the tensor "${name}" has the element type ${number}`);
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ProtobufError(`the tensor "${name}" has the shape [${dims.join(', ')}]`);
  }
  if (isExternal) return { name, type, dims, data: externalBytes(name, external) };
  return { name, type, dims, data: raw ?? encodeElements(type, lists) };
}

function externalBytes(tensor: string, entries: ReadonlyMap<string, string>): ExternalBytes {
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new ProtobufError(`the ${key} of the tensor "${tensor}" is ${JSON.stringify(text)}`);
  };
  const location = entries.get('location');
  if (location === undefined) throw new ProtobufError(`the tensor "${tensor}" lies in a file without a name`);
  return { location, offset: number('offset') ?? 0, length: number('length') };
}

function readEntry(bytes: Bytes): [key: string, value: string] {
  const entry: [string, string] = ['', ''];
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) entry[0] = textOf(field.bytes);
    else if (field.number === 2) entry[1] = textOf(field.bytes);
  }
  return entry;
}
