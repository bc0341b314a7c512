import { startServer } from '@frontier/server/start';

await startServer({
  extensions: async () => {
    const { TeamModule } = await import('./team.module.js');
    const { TeamCacheStore } = await import('./team-cache.store.js');
    const { TeamKeyStore } = await import('./team-key.store.js');
    return { modules: [TeamModule], stores: { cache: new TeamCacheStore(), keys: new TeamKeyStore() } };
  },
});
