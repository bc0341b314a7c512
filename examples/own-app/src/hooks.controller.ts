import { Controller, Post, Req, UseGuards } from '@nestjs/common';
import { Public } from '@frontier/auth';
import { rawBodyOf, signedMessageId, WebhookSignatureGuard, WebhooksService } from '@frontier/webhooks';

@Controller('hooks')
@Public()
export class HooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @UseGuards(WebhookSignatureGuard)
  async receive(@Req() request: object): Promise<unknown> {
    return (await this.webhooks.receive(rawBodyOf(request), signedMessageId(request))).response;
  }
}
