/** The file names of a built graph in its folder. */
export const GRAPH_FILES = { model: 'model.onnx', weights: 'weights.bin' } as const;
