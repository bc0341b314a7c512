/** What needs the native library; imported when a model is loaded, not before. */
export { hasExactProducts } from './exact-products.js';
export { OnnxModelRunner } from './onnx-model-runner.js';
