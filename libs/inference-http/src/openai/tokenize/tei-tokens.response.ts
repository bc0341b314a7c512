import { ApiProperty } from '@nestjs/swagger';
import { LazyList } from '@frontier/http';
import type { TokenPiece } from '@frontier/inference';

/** A token of a text. */
export class TeiToken {
  @ApiProperty({ description: 'Its id.', example: 477 })
  id!: number;

  @ApiProperty({ description: 'Its own text.', example: 'Once' })
  text!: string;

  @ApiProperty({ description: 'Whether it is a special token.', example: false })
  special!: boolean;

  @ApiProperty({
    description: 'Always null: places in the text are not known.',
    nullable: true,
    type: Number,
    example: null,
  })
  start!: null;

  @ApiProperty({ description: 'Always null.', nullable: true, type: Number, example: null })
  stop!: null;
}

/** The tokens of each text; their objects are made when they are written. */
export function toTeiTokens(texts: readonly (readonly (TokenPiece & { id: number })[])[]): LazyList<TeiToken>[] {
  return texts.map((pieces) =>
    LazyList.map(pieces, ({ id, text, isSpecial }) => ({ id, text, special: isSpecial, start: null, stop: null })),
  );
}
