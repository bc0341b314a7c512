/** The types of tensors that {@link quantize} writes: id, elements and bytes of a block. */
export const GGUF_TYPES = {
    F32: { id: 0, elements: 1, bytes: 4 },
    F16: { id: 1, elements: 1, bytes: 2 },
    Q4_0: { id: 2, elements: 32, bytes: 18 },
    Q4_1: { id: 3, elements: 32, bytes: 20 },
    Q5_0: { id: 6, elements: 32, bytes: 22 },
    Q5_1: { id: 7, elements: 32, bytes: 24 },
    Q8_0: { id: 8, elements: 32, bytes: 34 },
    Q4_K: { id: 12, elements: 256, bytes: 144 },
    Q5_K: { id: 13, elements: 256, bytes: 176 },
    Q6_K: { id: 14, elements: 256, bytes: 210 },
    BF16: { id: 30, elements: 1, bytes: 2 },
};
/** Writes values as blocks of a type: the simplest rounding, not the best. */
export function quantize(values, type) {
    const { elements, bytes } = GGUF_TYPES[type];
    if (values.length % elements !== 0)
        throw new Error(`${values.length} values make no whole blocks of ${type}`);
    const stored = new Uint8Array((values.length / elements) * bytes);
    for (let block = 0; block < values.length / elements; block++) {
        const into = new DataView(stored.buffer, block * bytes, bytes);
        WRITERS[type](values.subarray(block * elements, (block + 1) * elements), into);
    }
    return stored;
}
const WRITERS = {
    F32: ([value], into) => into.setFloat32(0, value, true),
    F16: ([value], into) => into.setFloat16(0, value, true),
    // The upper half of a float32.
    BF16: ([value], into) => {
        const float = new DataView(new ArrayBuffer(4));
        float.setFloat32(0, value, true);
        into.setUint16(0, float.getUint16(2, true), true);
    },
    Q4_0: symmetric(4),
    Q4_1: affine(4),
    Q5_0: symmetric(5),
    Q5_1: affine(5),
    Q8_0: (values, into) => {
        const step = half(into, 0, magnitude(values) / 127);
        values.forEach((value, i) => into.setInt8(2 + i, level(value, step, -127, 127)));
    },
    Q4_K: subBlocks(4),
    Q5_K: subBlocks(5),
    Q6_K: (values, into) => {
        const step = half(into, 208, magnitude(values) / 31 / 127);
        values.forEach((value, i) => {
            const part = Math.floor(i / 16);
            const scale = Math.max(1, Math.ceil(magnitude(values.subarray(16 * part, 16 * part + 16)) / 31 / (step || 1)));
            into.setInt8(192 + part, scale);
            const q = level(value, scale * step, -32, 31) + 32;
            const [n, quarter, l] = [Math.floor(i / 128), Math.floor(i / 32) % 4, i % 32];
            or(into, 64 * n + 32 * (quarter % 2) + l, (q & 15) << (quarter < 2 ? 0 : 4));
            or(into, 128 + 32 * n + l, (q >> 4) << (2 * quarter));
        });
    },
};
/** Q4_0 and Q5_0: d(q - half). */
function symmetric(bits) {
    const zero = 2 ** (bits - 1);
    return (values, into) => {
        const step = half(into, 0, magnitude(values) / (zero - 1));
        setLevels(into, 2, bits, [...values].map((value) => level(value, step, -zero, zero - 1) + zero));
    };
}
/** Q4_1 and Q5_1: d q + m. */
function affine(bits) {
    return (values, into) => {
        const min = Math.min(...values);
        const step = half(into, 0, (Math.max(...values) - min) / (2 ** bits - 1));
        const offset = half(into, 2, min);
        setLevels(into, 4, bits, [...values].map((value) => level(value - offset, step, 0, 2 ** bits - 1)));
    };
}
/** The fifth bits, where there are some, then the lower four of element j and j + 16 in byte j. */
function setLevels(into, at, bits, levels) {
    const data = bits === 5 ? at + 4 : at;
    levels.forEach((q, i) => {
        or(into, data + (i % 16), (q & 15) << (i < 16 ? 0 : 4));
        if (bits === 5)
            or(into, at + (i >> 3), (q >> 4) << (i & 7));
    });
}
/** Q4_K and Q5_K: eight parts of 32, each d sc q - dmin m with 6 bits of sc and m. */
function subBlocks(bits) {
    const top = 2 ** bits - 1;
    const data = bits === 5 ? 48 : 16;
    return (values, into) => {
        const parts = Array.from({ length: 8 }, (_, s) => values.subarray(32 * s, 32 * s + 32));
        const mins = parts.map((part) => Math.max(0, -Math.min(...part)));
        const steps = parts.map((part, s) => (Math.max(...part) + mins[s]) / top);
        const step = half(into, 0, Math.max(...steps, 0) / 63);
        const minStep = half(into, 2, Math.max(...mins) / 63);
        parts.forEach((part, s) => {
            const scale = level(steps[s], step, 0, 63);
            const min = level(mins[s], minStep, 0, 63);
            setScale(into, s, scale, min);
            part.forEach((value, l) => {
                const q = level(value + minStep * min, step * scale, 0, top);
                or(into, data + 32 * (s >> 1) + l, (q & 15) << (s % 2 ? 4 : 0));
                if (bits === 5)
                    or(into, 16 + l, (q >> 4) << s);
            });
        });
    };
}
function setScale(into, s, scale, min) {
    const at = 4;
    if (s < 4) {
        or(into, at + s, scale);
        or(into, at + s + 4, min);
    }
    else {
        or(into, at + s + 4, (scale & 15) | ((min & 15) << 4));
        or(into, at + s - 4, (scale >> 4) << 6);
        or(into, at + s, (min >> 4) << 6);
    }
}
function magnitude(values) {
    return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
function level(value, step, min, max) {
    return step === 0 ? 0 : Math.max(min, Math.min(max, Math.round(value / step)));
}
/** Stores a float16, and gives the value that it has. */
function half(into, at, value) {
    into.setFloat16(at, value, true);
    return into.getFloat16(at, true);
}
function or(into, at, bits) {
    into.setUint8(at, into.getUint8(at) | bits);
}
//# sourceMappingURL=gguf-types.js.map