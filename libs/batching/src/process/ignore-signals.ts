/**
 * Loaded into an engine process before anything else. A terminal and a service manager signal every process of a group;
 * the server drains then, and its engines must outlive that, also while they are being loaded.
 */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
