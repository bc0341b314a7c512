/**
 * The engine's only door to ONNX Runtime. Since 1.29 its builds for Linux report models and hardware to Microsoft, unless this
 * variable is set before the first session is made (docs/decisions/0021-no-telemetry.md).
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

export { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * Takes the tiles out of the attention of all sessions that this process creates from now on: a tile of one row rounds differently, so that the
 * bits of a prompt would depend on its pieces (docs/decisions/0041-prefix-cache.md). ONNX Runtime reads the setting when it makes a kernel.
 */
export function disableTiledAttention(): void {
  process.env.ORT_GQA_DISABLE_FLASH_ATTENTION = '1';
}

/** Keeps CUDA's products of float32 from being computed with 10 bits of mantissa (TF32), unless the user's environment decides that. */
export function disableTf32(): void {
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
}
