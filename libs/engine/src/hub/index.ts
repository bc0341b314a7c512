export { downloadModel } from './download-model.js';
export type { DownloadedModel, DownloadProgress, ModelDownloadOptions } from './download-model.js';
export { HubError, hubError } from './reference/hub-error.js';
export type { HubFailure } from './reference/hub-error.js';
export { hubReferenceText, isHubReference, parseHubReference } from './reference/hub-reference.js';
export type { HubReference } from './reference/hub-reference.js';
export { readHubSettings } from './reference/hub-settings.js';
export type { HubSettings } from './reference/hub-settings.js';
