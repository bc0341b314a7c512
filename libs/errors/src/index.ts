export { AppError, isAppError, messageOf } from './app-error.js';
export type { AppErrorOptions, FieldError, SerializedAppError } from './app-error.js';
export { joinProblems } from './join-problems.js';
export { jsonFault } from './json-fault.js';
export { editDistance, nearestName } from './edit-distance.js';
export { shuttingDown } from './shutting-down.js';
