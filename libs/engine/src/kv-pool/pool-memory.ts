/** Memory that is reserved at most, as a multiple of what is needed at first. What is never written costs nothing. */
const RESERVED = 16;

/**
 * An array of zeros in memory that has room for more numbers, up to a bound; where the system does not promise so much, for no more.
 * @throws RangeError where there is not even memory for the array
 */
export function reserveArray(length: number, maxLength: number): Float32Array {
  const reserved = Math.min(RESERVED * length, maxLength);
  try {
    if (reserved > length) return arrayOf(length, reserved);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return arrayOf(length, length);
}

/** A longer array in the memory of another one; `undefined` where no more is reserved. */
export function extendArray({ buffer }: Float32Array, length: number): Float32Array | undefined {
  return length * Float32Array.BYTES_PER_ELEMENT <= buffer.byteLength ? new Float32Array(buffer, 0, length) : undefined;
}

/** Gives the memory of an array back at once, not when it is collected. */
export function releaseArray({ buffer }: Float32Array): void {
  (buffer as ArrayBuffer).transfer(0);
}

function arrayOf(length: number, reserved: number): Float32Array {
  return new Float32Array(new ArrayBuffer(reserved * Float32Array.BYTES_PER_ELEMENT), 0, length);
}
