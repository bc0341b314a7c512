import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

const FOLDER = resolve(import.meta.dirname, '../../../.cache/real');

/** The files of the tests on real weights: `npm run test:real` fetches them into a folder that git ignores. */
export const ASSETS = {
  folder: FOLDER,
  /** SmolLM2-135M-Instruct in Q4_1, as llama.cpp's tools wrote it. */
  gguf: join(FOLDER, 'SmolLM2-135M-Instruct.Q4_1.gguf'),
  ggufSha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  /** The folder of all-MiniLM-L6-v2. */
  encoder: join(FOLDER, 'all-MiniLM-L6-v2'),
  /** Of its `model.safetensors`. */
  encoderSha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  /** ONNX models that are no language models, out of two packages. */
  tensors: join(FOLDER, 'tensors'),
  tensorSha256: {
    'silero_vad.onnx': '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3',
    'ch_ppocr_mobile_v2.0_cls_mobile.onnx': 'e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c',
    'PP-OCRv6_det_small.onnx': '090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f',
  },
  /** Exports of both language models to ONNX, which exports.py makes by hand. */
  exports: join(FOLDER, 'exports'),
  /** A folder of Python packages: the clients that are called from Python. */
  python: join(FOLDER, 'python'),
  /** A package of its own, with llama.cpp as a prebuilt binary. */
  peers: join(FOLDER, 'peers'),
  llamaCpp: join(FOLDER, 'peers/node_modules/node-llama-cpp/dist/index.js'),
};

const isRequired = process.env.REQUIRE_REAL === '1';

/** True if the GGUF file and llama.cpp are there; where they must be (`REQUIRE_REAL`), tests fail instead of being skipped. */
export const hasAssets = isRequired || (existsSync(ASSETS.gguf) && existsSync(ASSETS.llamaCpp));

/** The same of the encoder. */
export const hasEncoder = isRequired || existsSync(ASSETS.encoder);

/** The same of the models that are no language models. */
export const hasTensors = isRequired || existsSync(ASSETS.tensors);

/** The same of the clients in Python. */
export const hasPython = isRequired || existsSync(ASSETS.python);

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
