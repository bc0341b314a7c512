import { OpenApiContract } from './openapi.ts';

/** Every response that a test gets from a server is checked against the OpenAPI document of that server. */
const contracts = new Map<string, Promise<OpenApiContract | undefined>>();
const originalFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const response = await originalFetch(input, init);
  const request = input instanceof Request ? input : undefined;
  const url = new URL(request?.url ?? String(input));
  if (url.pathname.startsWith('/docs')) return response;
  const contract = await contractOf(url.origin);
  await contract?.check(init?.method ?? request?.method ?? 'GET', url.pathname, response);
  return response;
};

function contractOf(origin: string): Promise<OpenApiContract | undefined> {
  let contract = contracts.get(origin);
  if (!contract) contracts.set(origin, (contract = load(origin)));
  return contract;
}

/** Not every server that a test talks to is ours. */
async function load(origin: string): Promise<OpenApiContract | undefined> {
  const response = await originalFetch(`${origin}/docs/json`).catch(() => undefined);
  if (!response?.ok) return undefined;
  return new OpenApiContract((await response.json()) as ConstructorParameters<typeof OpenApiContract>[0]);
}
