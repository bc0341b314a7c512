import { defineEnginePlugin } from '@frontier/engine';

/** Extends the model's own processes; the models file names it. */
export default defineEnginePlugin({
  version: '1',
  logitsProcessors: {
    /** Forbids tokens: `{"name": "forbid", "parameters": {"tokens": [13]}}`. */
    forbid: ({ parameters }) => ({
      process: (logits) => {
        for (const token of parameters.tokens as number[]) logits[token] = -Infinity;
      },
    }),
  },
});
