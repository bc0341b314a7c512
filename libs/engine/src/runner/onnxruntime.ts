/**
 * The engine's only door to ONNX Runtime. Since 1.29 its builds for Linux report models and hardware to Microsoft, unless this
 * variable is set before the first session is made (docs/decisions/0021-no-telemetry.md).
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

export { InferenceSession, Tensor } from 'onnxruntime-node';
