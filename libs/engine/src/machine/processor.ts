import { existsSync, readFileSync } from 'node:fs';

/** Instructions for fast 8-bit products: Linux's name, then the common name. */
const FEATURES: readonly (readonly [flag: string, name: string])[] = [
  ['amx_int8', 'AMX'],
  ['avx512_vnni', 'AVX-512 VNNI'],
  ['avx_vnni', 'AVX-VNNI'],
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
  ['i8mm', 'I8MM'],
  ['asimddp', 'NEON dot products'],
];

/** The instructions of this processor for 8-bit products, best first; none where the system does not list them. */
export function processorFeatures(cpuinfo: string = readCpuinfo()): string[] {
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1].split(' ') ?? [];
  return FEATURES.filter(([flag]) => flags.includes(flag)).map(([, name]) => name);
}

function readCpuinfo(): string {
  return existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
}
