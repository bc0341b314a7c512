import { isAppError, messageOf } from '@frontier/errors';
import type { ModelDescription, ModelLifecycle } from '@frontier/inference';
import { modelLoadFailed } from './admin.errors.js';

/**
 * Loads a model for an operator.
 * @param isAgain as of `ModelLifecycle.load`
 * @throws `model_not_found`, `shutting_down`, `model_load_failed` with the reason, which other callers are not shown
 */
export async function loadOrExplain(
  lifecycle: ModelLifecycle,
  name: string,
  isAgain: boolean,
): Promise<ModelDescription> {
  try {
    return await lifecycle.load(name, isAgain);
  } catch (error) {
    if (isAppError(error) && ['model_not_found', 'shutting_down'].includes(error.code)) throw error;
    throw modelLoadFailed(name, messageOf(error));
  }
}
