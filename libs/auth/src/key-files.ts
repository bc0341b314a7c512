export { addKey, type NewKey, readKeys, revokeKey } from './edit-key-file.js';
