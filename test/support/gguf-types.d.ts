/** The types of tensors that {@link quantize} writes: id, elements and bytes of a block. */
export declare const GGUF_TYPES: {
    readonly F32: {
        readonly id: 0;
        readonly elements: 1;
        readonly bytes: 4;
    };
    readonly F16: {
        readonly id: 1;
        readonly elements: 1;
        readonly bytes: 2;
    };
    readonly Q4_0: {
        readonly id: 2;
        readonly elements: 32;
        readonly bytes: 18;
    };
    readonly Q4_1: {
        readonly id: 3;
        readonly elements: 32;
        readonly bytes: 20;
    };
    readonly Q5_0: {
        readonly id: 6;
        readonly elements: 32;
        readonly bytes: 22;
    };
    readonly Q5_1: {
        readonly id: 7;
        readonly elements: 32;
        readonly bytes: 24;
    };
    readonly Q8_0: {
        readonly id: 8;
        readonly elements: 32;
        readonly bytes: 34;
    };
    readonly Q4_K: {
        readonly id: 12;
        readonly elements: 256;
        readonly bytes: 144;
    };
    readonly Q5_K: {
        readonly id: 13;
        readonly elements: 256;
        readonly bytes: 176;
    };
    readonly Q6_K: {
        readonly id: 14;
        readonly elements: 256;
        readonly bytes: 210;
    };
    readonly BF16: {
        readonly id: 30;
        readonly elements: 1;
        readonly bytes: 2;
    };
};
export type GgufType = keyof typeof GGUF_TYPES;
/** Writes values as blocks of a type: the simplest rounding, not the best. */
export declare function quantize(values: Float32Array, type: GgufType): Uint8Array;
//# sourceMappingURL=gguf-types.d.ts.map