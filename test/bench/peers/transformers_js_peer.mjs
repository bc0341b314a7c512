/**
 * transformers.js on the graph of ONNX Runtime GenAI. A call continues prompts of one length together, from begin to end; see peer-process.ts.
 *
 *   node transformers_js_peer.mjs ENVIRONMENT MODEL THREADS
 */
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const [environment, folder, threads] = process.argv.slice(2);
const { AutoModelForCausalLM, Tensor, env } = createRequire(join(environment, 'package.json'))(
  '@huggingface/transformers',
);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
  dtype: 'fp32', // the name of the file, whose weights have 4 bits
  subfolder: '',
  device: 'cpu',
  session_options: { intraOpNumThreads: Number(threads) },
});

/** Times of the prompts, and of each step after them, in milliseconds. */
async function generate(prompts, tokens) {
  const size = [prompts.length, prompts[0].length];
  const durations = [];
  let last = 0;
  const put = () => {
    const now = performance.now();
    durations.push(now - last);
    last = now;
  };
  last = performance.now();
  await model.generate({
    input_ids: new Tensor('int64', BigInt64Array.from(prompts.flat(), BigInt), size),
    attention_mask: new Tensor('int64', new BigInt64Array(size[0] * size[1]).fill(1n), size),
    max_new_tokens: tokens,
    min_new_tokens: tokens,
    do_sample: false,
    streamer: { put, end: () => {} },
  });
  // It begins with the prompt.
  const [prompt, first, ...steps] = durations;
  return { prefill: prompt + first, steps };
}

const METHODS = {
  decodeSteps: async (prompts, steps) => (await generate(prompts, steps + 1)).steps,
  prefill: async (prompt) => (await generate([prompt], 1)).prefill,
  closedLoop: async (callers, prompts, tokens) => {
    const startedAt = performance.now();
    // Requests are alike, so that callers who wait for each other lose nothing.
    for (let at = 0; at < prompts.length; at += callers) await generate(prompts.slice(at, at + callers), tokens);
    return performance.now() - startedAt;
  },
};

const respond = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
respond({ name: `transformers.js ${env.version}`, methods: Object.keys(METHODS) });
for await (const line of createInterface(process.stdin)) {
  const { method, args } = JSON.parse(line);
  try {
    respond({ result: await METHODS[method](...args) });
  } catch (error) {
    respond({ error: String(error) });
  }
}
process.exit();
