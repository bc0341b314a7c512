import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import type { ModelTask } from '@frontier/inference';
import { ModelHoldInterceptor, type ModelTasks, TASKS } from './model-hold.interceptor.js';

/**
 * Marks a route that uses a model. It is the one that the request names (`model` in its path, body or query), else the first that does one of the
 * tasks or, without tasks, the default model.
 */
export const HoldsModel = (...tasks: ModelTask[]): MethodDecorator =>
  HoldsModelBy(() => (tasks.length > 0 ? tasks : undefined));

/** As {@link HoldsModel}, for a route whose tasks are up to the body; which is parsed, and not checked. */
export const HoldsModelBy = (tasks: ModelTasks): MethodDecorator =>
  applyDecorators(SetMetadata(TASKS, tasks), UseInterceptors(ModelHoldInterceptor));
