import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { Admin } from '@frontier/auth';
import {
  CurrentRequest,
  type HttpRequest,
  type HttpResponse,
  IdempotentExecutor,
  type RequestContext,
} from '@frontier/http';
import { InferenceService } from '@frontier/inference';
import { RateLimit } from '@frontier/rate-limit';
import { Definitions } from './definitions.js';
import { StoryMetrics } from './story.metrics.js';

export class StoryRequest {
  @ApiProperty({ description: 'The beginning.', example: 'Once upon a time' })
  @IsString()
  @Length(1, 1000)
  beginning!: string;

  @ApiProperty({ description: 'New tokens at most.', example: 8 })
  @IsInt()
  @Min(1)
  @Max(100)
  tokens!: number;
}

export class Story {
  @ApiProperty({ description: 'The continuation.', example: ', there was a little girl.' })
  story!: string;

  @ApiProperty({ description: 'Origin of the answer.', example: 'MISS' })
  cache!: string;
}

@Controller('stories')
@ApiTags('stories')
export class StoriesController {
  constructor(
    private readonly inference: InferenceService,
    private readonly idempotent: IdempotentExecutor,
    private readonly definitions: Definitions,
    private readonly metrics: StoryMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Continue a story' })
  @ApiOkResponse({ type: Story })
  create(
    @Body() { beginning, tokens }: StoryRequest,
    @CurrentRequest() { principal, deadline }: RequestContext,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: HttpResponse,
  ): Promise<Story> {
    return this.idempotent.run(request, response, async () => {
      const params = { temperature: 0, maxNewTokens: tokens };
      const { choices, cache } = await this.inference.complete({ prompt: beginning, params, principal }, deadline);
      this.metrics.told.inc();
      return { story: choices[0].text, cache };
    });
  }

  @Get('definitions/:word')
  @RateLimit({ limit: 4, windowMs: 60_000 })
  define(@Param('word') word: string): Promise<{ definition: string; looked: number }> {
    return this.definitions.of(word);
  }

  @Get('secrets')
  @Admin()
  secrets(): { secret: string } {
    return { secret: 'the fox is the king' };
  }
}
