/**
 * Writes llama.cpp's perplexity of the text of the suite to llama-cpp.json. By hand, when llama.cpp or the text changes: it takes a minute on one
 * core. After `node test/real/fetch.ts`:
 *
 *   node test/real/llama-cpp-perplexity.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer } from '@frontier/engine';
import { ASSETS } from './support/assets.ts';
import { PERPLEXITY_TEXT } from './support/golden.ts';
import { LlamaCpp } from './support/llama-cpp.ts';
import { windowsOf } from './support/perplexity.ts';

const llama = new LlamaCpp();
const perplexity = await llama.call('perplexity', windowsOf(loadTokenizer(ASSETS.gguf).encode(PERPLEXITY_TEXT)));
llama.close();
writeFileSync(
  join(import.meta.dirname, 'llama-cpp.json'),
  `${JSON.stringify({ perplexity: Number(perplexity.toFixed(4)) })}\n`,
);
