import { existsSync, readFileSync } from 'node:fs';

/** Instructions that decide how fast 8-bit products are, best first, as Linux names them. */
const FEATURES = ['amx_int8', 'avx512_vnni', 'avx_vnni', 'avx512f', 'avx2', 'i8mm', 'asimddp'];

/** The processor's architecture and the best of its instructions for 8-bit products: `x64 avx512_vnni`. */
export function processorKind(): string {
  const flags = existsSync('/proc/cpuinfo')
    ? (/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [])
    : [];
  return [process.arch, FEATURES.find((feature) => flags.includes(feature))].filter(Boolean).join(' ');
}
