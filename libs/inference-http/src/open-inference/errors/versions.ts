import { AppError } from '@frontier/errors';

/** The version that all models have. */
export const VERSION = '1';

/** @throws `model_not_found` */
export function assertVersion(model: string, version: string): void {
  if (version !== VERSION) throw versionNotFound(model, version);
}

/** The model has no such version: every one has version 1. */
function versionNotFound(model: string, version: string): AppError {
  return new AppError(`The model "${model}" has no version "${version.slice(0, 64)}": it has ${VERSION}.`, {
    code: 'model_not_found',
    status: 404,
  });
}
