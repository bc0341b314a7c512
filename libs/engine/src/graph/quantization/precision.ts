/**
 * The storage and arithmetic of the weights of linear layers: as they are; in 8 bits with a scale for each row; or in
 * 4 bits with a scale for each block of 32. Activations of int8 and int4 are quantised to 8 bits, row by row, so that
 * what one sequence computes never depends on another. Embedding and output projection of int4 are int8.
 */
export type Precision = 'fp32' | 'int8' | 'int4';
