/** The bytes of 32-bit floats as base64; little-endian, as all processors are that ONNX Runtime is built for. */
export function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
