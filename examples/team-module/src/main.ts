import { startServer } from '@frontier/server/start';

await startServer({
  extensions: async () => {
    const { TeamModule } = await import('./team.module.js');
    const { TeamKeyStore } = await import('./team-key.store.js');
    return { modules: [TeamModule], stores: { keys: new TeamKeyStore() } };
  },
});
