import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import type { ModelTask } from '@frontier/inference';
import { ModelHoldInterceptor, TASKS } from './model-hold.interceptor.js';

/**
 * Marks a route that uses a model. It is the one that the request names (`model` in its path or body), else the first that does one of the
 * tasks or, without tasks, the default model.
 */
export const HoldsModel = (...tasks: ModelTask[]): MethodDecorator =>
  applyDecorators(SetMetadata(TASKS, tasks), UseInterceptors(ModelHoldInterceptor));
