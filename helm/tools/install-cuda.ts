/**
 * Fetches ONNX Runtime's CUDA provider, which onnxruntime-node leaves out: `node helm/tools/install-cuda.ts [FOLDER]`. It comes from the
 * package onnxruntime-gpu on PyPI, of the very version; the folder is onnxruntime-node's own, unless another one is named. CUDA 13 and cuDNN 9
 * are not included (docs/gpu.md).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import AdmZip from 'adm-zip';

const VERSION = '1.30.0';
/** 247 MB. The Python that a wheel is for matters to none of the libraries in it. */
const WHEEL =
  'https://files.pythonhosted.org/packages/ea/71/b225bd559a718f6cefb058d4f4c4c95e556543f47d4be0e81819681ac347/onnxruntime_gpu-1.30.0-cp311-cp311-manylinux_2_28_x86_64.whl';
const SHA256 = '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa';
const LIBRARIES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
const folder = resolve(process.argv[2] ?? join(runtime, 'bin/napi-v6/linux/x64'));
try {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('The CUDA provider is there for Linux on x64 only.');
  const { version } = JSON.parse(readFileSync(join(runtime, 'package.json'), 'utf8')) as { version: string };
  if (version !== VERSION)
    throw new Error(`onnxruntime-node is ${version}, the provider ${VERSION}: they must be of one version.`);
  process.stdout.write(`Fetching 247 MB from ${new URL(WHEEL).host} ...\n`);
  const wheel = new AdmZip(await download(WHEEL));
  mkdirSync(folder, { recursive: true });
  for (const name of LIBRARIES) {
    const library = wheel.readFile(`onnxruntime/capi/${name}`);
    if (library === null) throw new Error(`The wheel holds no ${name}.`);
    writeFileSync(join(folder, name), library);
    process.stdout.write(`${join(folder, name)}: ${(library.length / 1e6).toFixed(1)} MB\n`);
  }
} catch (error) {
  process.stderr.write(`Not installed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** @throws where it cannot be had, or is another file than the one that was tried */
async function download(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== SHA256) throw new Error(`The wheel has the SHA-256 ${digest}, not ${SHA256}: it is not used.`);
  return bytes;
}
