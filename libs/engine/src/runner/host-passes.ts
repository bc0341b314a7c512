import { GRAPH } from '../graph/delta-cache-interface.js';
import type { KvPool } from '../kv-pool/kv-pool.js';
import type { ForwardOutput } from './model-runner.js';
import type { ModelRunnerOptions } from './model-runner-options.js';
import { Tensor } from './onnxruntime.js';
import { forwardOutputs, passInputs } from './pass-tensors.js';
import { PoolViews } from './pool-views.js';

/** A forward pass over rows of a pool, or some stages of one. */
export interface Pass {
  pool: KvPool;
  /** The first row. */
  first: number;
  /** The tokens that each row has already; rows that the pool does not have are empty. */
  lengths: readonly number[];
  /** New tokens of each row, and all of them: `[rows, newTokens]` row-major. */
  newTokens: number;
  tokens: Int32Array;
  /** The new tokens of each row whose outputs are wanted. */
  outputs: 'last' | 'all';
  needsLogits: boolean;
  /** The temperatures of the outputs, or the one of all; 0 where shares are not wanted. */
  temperatures: readonly number[] | number;
  /** The stages that are computed, where the graph has several; default: all. */
  stages?: PassStages;
}

interface PassStages {
  /** The first stage, and the one after the last. */
  from: number;
  to: number;
  /** `[tokens, hiddenSize]`: the residual stream after the stages before; none before the first of all. */
  residual?: Float32Array;
}

export interface PassResult {
  /** None before the last stage. */
  outputs: ForwardOutput[];
  /** The new keys and values, `[rows, newTokens, ...]` as of {@link GRAPH.newKeyValues}. */
  delta: Float32Array;
  /** As of {@link PassStages}, for the stage after the last, where there is one. */
  residual?: Float32Array;
}

/** Outputs are copied out of the runtime; logits are most of them. */
const WITHOUT_LOGITS = [GRAPH.argmax, GRAPH.logitSum, GRAPH.newKeyValues];
const WITH_LOGITS = [...WITHOUT_LOGITS, GRAPH.logits, GRAPH.blockShares];
const WITH_RESIDUAL = [GRAPH.residualAfter, GRAPH.newKeyValues];

const [NO, YES] = [0, 1].map((value) => new Tensor('bool', Uint8Array.of(value), []));

/** The inputs of `session.run` for a pass, and the reader of its results. */
interface PreparedPass {
  feeds: Record<string, Tensor>;
  /** The outputs that are wanted. */
  fetches: string[];
  read(results: Record<string, Tensor>): PassResult;
}

/** Makes the passes of a delta-cache graph whose cache is in host memory. */
export class HostPasses {
  private readonly views: PoolViews;
  /** The {@link switches} of a whole pass. */
  private readonly all: Record<string, Tensor>;

  /** @param stages stages of the graph; 1 where passes are not divided */
  constructor(
    private readonly options: ModelRunnerOptions,
    private readonly stages: number,
  ) {
    this.views = new PoolViews(options);
    this.all = this.switches(0, stages);
  }

  prepare(pass: Pass): PreparedPass {
    const { pool, first, lengths, newTokens, needsLogits, temperatures } = pass;
    const { from, to, residual } = pass.stages ?? { from: 0, to: this.stages };
    const isWhole = to === this.stages;
    const inputs = passInputs(pass.tokens, newTokens, lengths, pass.outputs);
    const factors = Float32Array.from({ length: inputs[GRAPH.outputRows].dims[0] }, (_, row) => {
      const temperature = typeof temperatures === 'number' ? temperatures : temperatures[row];
      return temperature === 0 || !isWhole ? 0 : 1 / temperature;
    });
    const feeds = {
      ...this.views.of(pool, first, lengths.length),
      ...inputs,
      [GRAPH.inverseTemperatures]: new Tensor('float32', factors, [factors.length]),
      ...(from === 0 && isWhole ? this.all : this.switches(from, to, residual)),
    };
    if (!isWhole) return { feeds, fetches: WITH_RESIDUAL, read: stagesOutput };
    return {
      feeds,
      fetches: needsLogits ? WITH_LOGITS : WITHOUT_LOGITS,
      read: (results) => passOutput(results, needsLogits ? factors : undefined),
    };
  }

  /** The inputs that say which stages are computed. */
  private switches(from: number, to: number, residual: Float32Array = new Float32Array(0)): Record<string, Tensor> {
    const { staged } = this.options;
    if (!staged) return {};
    const { hiddenSize } = staged;
    const switches: Record<string, Tensor> = {
      [GRAPH.residualBefore]: new Tensor('float32', residual, [residual.length / hiddenSize, hiddenSize]),
      [GRAPH.head]: to === this.stages ? YES : NO,
    };
    for (let i = 0; i < this.stages; i++) switches[GRAPH.stage(i)] = i >= from && i < to ? YES : NO;
    return switches;
  }
}

function stagesOutput(results: Record<string, Tensor>): PassResult {
  return {
    outputs: [],
    delta: floats(results[GRAPH.newKeyValues]),
    residual: floats(results[GRAPH.residualAfter]),
  };
}

/** @param wantedBy where logits are wanted: a number for each row of them, 0 where its shares are not */
function passOutput(results: Record<string, Tensor>, wantedBy: Float32Array | undefined): PassResult {
  return {
    outputs: forwardOutputs({
      argmax: results[GRAPH.argmax],
      logitSum: results[GRAPH.logitSum],
      ...(wantedBy && {
        logits: floats(results[GRAPH.logits]),
        shares: { data: floats(results[GRAPH.blockShares]), wantedBy },
      }),
    }),
    delta: floats(results[GRAPH.newKeyValues]),
  };
}

function floats({ data }: Tensor): Float32Array {
  return data as Float32Array;
}
