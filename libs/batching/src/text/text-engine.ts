import type {
  ChatMessage,
  ChatOptions,
  EncodedText,
  EncoderModelInfo,
  ModelInfo,
  TensorModelInfo,
  TokenPiece,
} from '@frontier/engine';
import type { EngineState } from '../channels/engine-channels.js';
import type { ChatPrompt } from './chat-prompt.js';
import {
  maxTokensOf,
  readyDecoderInfo,
  readyEncoderInfo,
  readyTensorInfo,
  readyTextInfo,
} from '../readiness/model-state.js';
import type { EncodeOptions, EncodeTextsOptions, EncoderText, ModelText } from './model-text.js';
import type { TextUse } from './text-lane.js';

/** The part of an engine that says what its model is, and makes tokens of texts and texts of tokens. */
export abstract class TextEngine {
  abstract readonly state: EngineState;
  /** `undefined` for a model of tensors. */
  protected abstract readonly text: ModelText | undefined;

  /** @param name of the model, for messages */
  constructor(private readonly name: string) {}

  info(): ModelInfo {
    return readyDecoderInfo(this.name, this.state);
  }

  encoderInfo(): EncoderModelInfo {
    return readyEncoderInfo(this.name, this.state);
  }

  tensorInfo(): TensorModelInfo {
    return readyTensorInfo(this.name, this.state);
  }

  async encodeTexts(texts: readonly EncoderText[], options: EncodeTextsOptions): Promise<EncodedText[]> {
    const { maxTokens } = readyEncoderInfo(this.name, this.state);
    return this.text!.encodeTexts(texts, maxTokens, options);
  }

  async encode(text: string, options: EncodeOptions): Promise<Int32Array> {
    const maxTokens = maxTokensOf(readyTextInfo(this.name, this.state));
    return this.text!.encode(text, maxTokens, options);
  }

  async decode(tokens: readonly number[], use: TextUse): Promise<string> {
    readyTextInfo(this.name, this.state);
    return this.text!.decode(tokens, use);
  }

  async pieces(tokens: Int32Array, use: TextUse): Promise<TokenPiece[]> {
    readyTextInfo(this.name, this.state);
    return this.text!.pieces(tokens, use);
  }

  async chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<ChatPrompt> {
    readyDecoderInfo(this.name, this.state);
    const { text, form } = await this.text!.chat(messages, options, use);
    return { prompt: text, form, addSpecialTokens: this.text!.info!.chatNeedsSpecialTokens };
  }
}
