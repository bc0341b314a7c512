import { ATTRIBUTE_TYPE } from './data-types.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** A node attribute: whole numbers are written as `INT`, `{ float }` as `FLOAT`, `{ text }` as `STRING`, arrays as `INTS`. */
export type Attribute = number | { float: number } | { text: string } | number[];

/** Writes an `onnx.AttributeProto`. */
export function writeAttribute(name: string, value: Attribute): (message: ProtobufWriter) => void {
  return (message) => {
    message.string(1, name);
    if (typeof value === 'number') message.varint(3, value).varint(20, ATTRIBUTE_TYPE.int);
    else if (Array.isArray(value)) {
      for (const item of value) message.varint(8, item);
      message.varint(20, ATTRIBUTE_TYPE.ints);
    } else if ('text' in value) message.bytes(4, Buffer.from(value.text)).varint(20, ATTRIBUTE_TYPE.string);
    else message.float(2, value.float).varint(20, ATTRIBUTE_TYPE.float);
  };
}
