export { createServer, type ServerOptions } from './create-server.js';
export { runServer } from './run-server.js';
