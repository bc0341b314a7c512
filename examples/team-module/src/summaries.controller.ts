import { Body, ConflictException, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { CurrentRequest, type RequestContext } from '@frontier/http';
import { InferenceService } from '@frontier/inference';
import { RateLimit } from '@frontier/rate-limit';
import { ExchangeRates } from './exchange-rates.js';
import { SummaryMetrics } from './summary.metrics.js';
import { WritersOnlyGuard } from './writers-only.guard.js';

export class SummaryRequest {
  @ApiProperty({ description: 'The text to continue.', example: 'Once upon a time' })
  @IsString()
  @Length(1, 1000)
  text!: string;
}

export class Summary {
  @ApiProperty({ description: 'The continuation.', example: ', there was a little girl named Lily.' })
  summary!: string;
}

@Controller('v1/team')
@ApiTags('team')
@ApiBearerAuth()
export class SummariesController {
  constructor(
    private readonly inference: InferenceService,
    private readonly rates: ExchangeRates,
    private readonly metrics: SummaryMetrics,
  ) {}

  @Post('summaries')
  @HttpCode(200)
  @UseGuards(WritersOnlyGuard)
  @ApiOperation({ summary: 'Continue a text with the model of the team' })
  @ApiOkResponse({ type: Summary })
  async summarize(
    @Body() { text }: SummaryRequest,
    @CurrentRequest() { principal, deadline }: RequestContext,
  ): Promise<Summary> {
    const params = { temperature: 0, maxNewTokens: 8 };
    const { choices } = await this.inference.complete({ prompt: text, params, principal }, deadline);
    this.metrics.made.inc();
    return { summary: choices[0].text };
  }

  @Get('rates/:currency')
  @RateLimit({ limit: 3, windowMs: 60_000 })
  @ApiOperation({ summary: 'A rate of exchange, cached and behind a circuit breaker' })
  async rate(@Param('currency') currency: string): Promise<{ rate: number; asked: number }> {
    if (currency === 'XXX') throw new ConflictException('XXX is no currency.');
    return this.rates.of(currency);
  }
}
