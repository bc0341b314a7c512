import type { ErrorFormat } from '@frontier/http';
import {
  anthropicErrorFormat,
  isAnthropicPath,
  isOpenAiPath,
  openAiErrorFormat,
  openInferenceErrorFormat,
} from '@frontier/inference-http';

/** The form of errors where there is no route, by the API that the path belongs to. */
export function unknownRouteFormat(path: string): ErrorFormat | undefined {
  if (isAnthropicPath(path)) return anthropicErrorFormat;
  if (/^\/v2(\/|$)/.test(path)) return openInferenceErrorFormat;
  return isOpenAiPath(path) ? openAiErrorFormat : undefined;
}
