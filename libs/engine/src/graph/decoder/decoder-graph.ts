import type { ModelConfig } from '../../model/model-config.js';
import type { Weights } from '../../model/weights.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import type { PassForms } from '../pass-forms.js';
import { LinearLayers, type MatrixPart } from '../linear/linear-layers.js';
import { EMBEDDING, FINAL_NORM, HEAD } from './tensor-names.js';
import { Attention } from './attention.js';
import { DecoderBlocks } from './decoder-blocks.js';
import { DecoderLayers } from './decoder-layers.js';
import { FeedForward } from './feed-forward.js';
import { addLogitOutputs, addPassInputs } from './pass-values.js';
import { addStagedLayers } from './staged-layers.js';

/** The version of what this file and those it imports build; a change of any number in the graph raises it. */
export const GRAPH_VERSION = 11;

/**
 * Builds a decoder-only transformer as an ONNX graph, and writes its weights to `data`. With the cache in host
 * memory it returns only the new keys and values of a pass ("delta cache"). q, k, v and gate, up are stored as one matrix each, since a pass at
 * batch 1 is bound by dispatches as much as by memory.
 *
 * @param onLayer called when so many layers are built
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildDecoderGraph(
  config: ModelConfig,
  weights: Weights,
  data: ExternalDataFile,
  options: GraphOptions,
  onLayer: (layers: number) => void = () => {},
): Uint8Array {
  return new DecoderGraph(config, weights, data, options, onLayer).build();
}

/**
 * One graph under construction. The residual stream is two-dimensional, `[B * S, hiddenSize]`; attention works on
 * `[B, S, ...]`.
 */
class DecoderGraph {
  private readonly graph: GraphBuilder;
  private readonly linear: LinearLayers;
  private readonly layers: DecoderLayers;
  private readonly attention: Attention;
  private readonly forms: PassForms;

  constructor(
    private readonly config: ModelConfig,
    private readonly weights: Weights,
    data: ExternalDataFile,
    private readonly options: GraphOptions,
    private readonly onLayer: (layers: number) => void,
  ) {
    const graph = new GraphBuilder(config.architecture, options.externalDataName, options.cache === 'host' ? 23 : 21);
    const { batchShape, forms } = addPassInputs(graph);
    this.forms = forms;
    this.graph = graph;
    this.linear = new LinearLayers(graph, weights, data, options.maxWeight);
    const { precision, prefillPrecision, outputPrecision } = options;
    if ([precision, prefillPrecision, outputPrecision].includes('int8')) {
      const tokens = graph.node('Reshape', [GRAPH.inputIds, graph.constant('one_axis', BigInt64Array.of(-1n), [1])]);
      this.linear.prepareInt8({ tokens, sequences: GRAPH.outputRows });
    }
    const layers = new DecoderLayers(graph, config, weights, this.linear, { ...options, forms });
    this.layers = layers;
    this.attention = new Attention(graph, config, { layers, forms, batchShape, data, options });
  }

  build(): Uint8Array {
    const { graph, config, layers, attention } = this;
    const { isStaged, isApart, cache } = this.options;
    const feedForward = new FeedForward(graph, config, layers);
    const blocks = new DecoderBlocks(graph, config, { layers, attention, feedForward });
    if (isStaged) {
      let built = 0;
      // The layers of a stage that is made twice count once.
      const onLayer = (count: number): void => {
        if (count > built) this.onLayer((built = count));
      };
      const newKeyValues = addStagedLayers(graph, config, {
        embed: () => this.embed(),
        apply: (stage, before) => [blocks.apply(before, stage, onLayer), attention.newKeyValues(stage)],
        project: (residual) => this.project(residual),
        ...(isApart && { forms: this.forms }),
      });
      attention.outputs(newKeyValues);
    } else {
      this.project(blocks.apply(this.embed(), { from: 0, to: config.layers }, this.onLayer), GRAPH.logits);
      attention.outputs();
    }
    addLogitOutputs(graph, config.vocabSize, cache);
    this.weights.assertAllRead();
    return graph.build();
  }

  private embed(): string {
    const { graph } = this;
    const { vocabSize, hiddenSize, embeddingScale } = this.config;
    const matrix = {
      name: EMBEDDING,
      parts: [[EMBEDDING, vocabSize] as MatrixPart],
      columns: hiddenSize,
      scale: embeddingScale,
    };
    const embedded = this.linear.gather(this.options.outputPrecision, GRAPH.inputIds, matrix);
    const rows = graph.constant('shape_hidden_rows', BigInt64Array.of(-1n, BigInt(hiddenSize)), [2]);
    return graph.shaped(graph.node('Reshape', [embedded, rows]), 'float32', ['tokens', hiddenSize]);
  }

  /** The logits of the rows that are wanted; `output` is their name. */
  private project(residual: string, output?: string): string {
    const { graph, linear } = this;
    const { hiddenSize, vocabSize, tieWordEmbeddings, logitScale } = this.config;
    const wanted = graph.node('Gather', [residual, GRAPH.outputRows], { attributes: { axis: 0 } });
    const normed = this.layers.norm(wanted, FINAL_NORM, hiddenSize);
    if (tieWordEmbeddings) this.weights.ignore(HEAD);
    const tensor = tieWordEmbeddings ? EMBEDDING : HEAD;
    const matrix = { name: tensor, parts: [[tensor, vocabSize] as MatrixPart], columns: hiddenSize, scale: logitScale };
    // At 4 bits this one matrix would cost a quarter of the whole loss; see docs/decisions/0008-quantisation.md.
    return linear.apply(this.options.outputPrecision, normed, matrix, { rows: 'sequences', output });
  }
}
