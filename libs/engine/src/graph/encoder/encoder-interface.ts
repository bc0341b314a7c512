/**
 * Names of the inputs and outputs of an encoder's graph, with their shapes: the contract of graph builder and runner. N tokens of B
 * texts, one text after the other, of at most S tokens each. Linear layers work on the tokens alone; attention on texts that are
 * padded to the longest of them.
 */
export const ENCODER_GRAPH = {
  /** int32 [N] */
  inputIds: 'input_ids',
  /** int32 [N]: the place of each token in its text, from 0 on */
  positionIds: 'position_ids',
  /** int32 [N] */
  typeIds: 'type_ids',
  /** int32 [B, S]: the token at each place of each padded text; behind its end, any token of the same text */
  paddedTokens: 'padded_tokens',
  /** int32 [N]: the place of each token among the B * S */
  tokenPlaces: 'token_places',
  /** int32 [B]: the length of each text, minus one */
  lastPositions: 'last_positions',
  /** int32 []: S */
  paddedLength: 'padded_length',
  /** float32 [N, hiddenSize] */
  hidden: 'hidden',
} as const;
