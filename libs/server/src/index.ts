export { createServer } from './create-server.js';
export { runServer } from './run-server.js';
export type { ServerOptions } from './server.module.js';
export type { ServerStores } from './wiring/server-stores.js';
