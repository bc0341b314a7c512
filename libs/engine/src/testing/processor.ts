/** True where this machine's int8 weights take 64 steps instead of 127; see `loadWhereSaturating`. */
export async function int8Saturates(): Promise<boolean> {
  // Not before it is needed: most users of this package run no model.
  return (await import('../runner/onnx.js')).int8DotSaturates();
}
