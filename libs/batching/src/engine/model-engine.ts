import type {
  ChatMessage,
  ChatOptions,
  EncodedText,
  EncoderModelInfo,
  EngineProcessOptions,
  ModelInfo,
  TensorModelInfo,
  TokenPiece,
} from '@frontier/engine';
import type { HubSettings } from '@frontier/engine/hub';
import type { ChatPrompt } from '../text/chat-prompt.js';
import type { EngineState } from '../channels/engine-channels.js';
import type { Deadline } from '../generation/deadline.js';
import type { Encoding } from '../generation/encoding.js';
import type { Generation } from '../generation/generation.js';
import type { TensorRun } from '../generation/tensor-run.js';
import type { ModelTask } from '../model/model-task.js';
import type { AdmissionRequest } from '../queue/engine-requests.js';
import type { QueuedEncoding, QueuedRequest, QueuedTensors } from '../queue/queued-work.js';
import type { CostInputs, RequestCost } from '../queue/output-length-estimator.js';
import type { QueueLimits } from '../queue/queue-limits.js';
import type { EncodeOptions, EncodeTextsOptions, EncoderText } from '../text/model-text.js';
import type { TextUse } from '../text/text-lane.js';

export interface ModelEngineOptions {
  /** The model's name, for messages. */
  name: string;
  /** The work that the model must do; default: what it is made for. */
  task?: ModelTask | undefined;
  /** Its `path` may name a model of a hub, as `hf:org/name`, which is downloaded first. */
  engine: Omit<EngineProcessOptions, 'maxWaiting'>;
  /** Address and cache of the hub; default: those of Hugging Face's variables. */
  hub?: HubSettings | undefined;
  /** An engine process that is silent for this long counts as hung, and is killed. At least one forward pass must fit in. */
  hangTimeoutMs: number;
  queue: QueueLimits;
  /** A request that has not ended after this long fails, waiting included. */
  requestTimeoutMs: number;
  /** Called with the path of a model that was downloaded; its processes start when the promise is fulfilled. */
  admit?: (path: string) => Promise<void>;
  /** Called at each change of the engine's state. */
  onState?: (state: EngineState) => void;
}

/** One model's engine: its state, its requests, its text. */
export interface ModelEngine {
  readonly state: EngineState;
  /** The work that the model is made for, once it was loaded for the first time. */
  readonly task: ModelTask | undefined;
  /** Answers that no step has worked on yet. */
  readonly waiting: number;
  /** Requests that have not ended, those that wait included. */
  readonly unfinished: number;
  /** Whether its process is watched. */
  readonly isSupervised: boolean;
  /** The ids of its processes. */
  readonly pids: readonly number[];

  /**
   * The properties of a model that generates; only while it is ready.
   * @throws `model_loading`, `model_unavailable`, `shutting_down`, `task_unsupported` where it is an encoder
   */
  info(): ModelInfo;

  /** The properties of an encoder; throws as {@link info}, and `task_unsupported` where it generates. */
  encoderInfo(): EncoderModelInfo;

  /** The properties of a model of tensors; throws as {@link info}, and `task_unsupported` where it works on texts. */
  tensorInfo(): TensorModelInfo;

  estimateCost(request: CostInputs): RequestCost;

  /** Milliseconds until a new request of normal priority would begin, of a caller that has no other. */
  estimateWaitMs(): number;

  /**
   * Reserves places in the queue while a prompt is tokenized.
   * @returns releases the places; to be called before {@link start}
   * @throws `overloaded`
   */
  reserve(request: AdmissionRequest, deadline: Deadline): () => void;

  /**
   * Queues one request. It runs until it ends or loses its last reader; so it must be subscribed to at once.
   * @throws as {@link info}, and `overloaded`; the generation fails with `context_length_exceeded`, `engine_error` or
   * `shutting_down`
   */
  start(request: QueuedRequest, deadline: Deadline): Generation;

  /**
   * Queues inputs for an encoder, as {@link start} does a request for answers; throws as it does.
   * @param request inputs of 1 to `maxTokens` tokens
   */
  startEncoding(request: QueuedEncoding, deadline: Deadline): Encoding;

  /**
   * Queues tensors, as {@link start} does a request for answers; throws as it does.
   * @param request inputs that `assertInputs` has proven to be the model's
   */
  startTensors(request: QueuedTensors, deadline: Deadline): TensorRun;

  /**
   * The tokens of texts, and of pairs of texts, for an encoder.
   * @throws as {@link encode}
   */
  encodeTexts(texts: readonly EncoderText[], options: EncodeTextsOptions): Promise<EncodedText[]>;

  /**
   * The token ids of a text.
   * @throws `context_length_exceeded` where its length alone proves that it has more tokens than the context; as
   * {@link info}, and `overloaded`, `queue_timeout`, `request_aborted`, `invalid_request`
   */
  encode(text: string, options: EncodeOptions): Promise<Int32Array>;

  /** The text of tokens, without special ones. Throws as {@link encode}. */
  decode(tokens: readonly number[], use: TextUse): Promise<string>;

  /** The text of each token for itself, special ones included. Throws as {@link encode}. */
  pieces(tokens: Int32Array, use: TextUse): Promise<TokenPiece[]>;

  /**
   * Writes a conversation with the model's chat template.
   * @throws `chat_template_invalid`, and as {@link encode}
   */
  chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<ChatPrompt>;

  /** Ends its processes; requests that are not finished fail with `shutting_down`. */
  stop(): Promise<void>;
}

/** Makes the engine of a model. Bind another one to run models without processes of their own. */
export type ModelEngineFactory = (options: ModelEngineOptions) => ModelEngine;

export const ModelEngineFactory = Symbol('ModelEngineFactory');
