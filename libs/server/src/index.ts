export { createServer } from './create-server.js';
export { runServer, type RunOptions } from './run-server.js';
export type { ServerOptions } from './server.module.js';
export type { ServerStores } from './wiring/server-stores.js';
