// What `helm test` does: asks the service for an answer, streamed and not.
const { URL: url, TOKEN: token } = process.env;
const body = JSON.stringify({ prompt: 'Once upon a time', params: { max_new_tokens: 8 } });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

async function ask(path) {
  const response = await fetch(url + path, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return text;
}

/** The service may have no pod yet that is ready. */
async function ready() {
  for (let waited = 0; ; waited++) {
    const state = await fetch(`${url}/readyz`).then(
      async (response) => (response.ok ? undefined : `answered ${response.status}: ${await response.text()}`),
      ({ cause }) => `did not answer: ${cause}`,
    );
    if (state === undefined) return;
    if (waited === 120) throw new Error(`/readyz ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

(async () => {
  await ready();
  const { output } = JSON.parse(await ask('/v1/infer'));
  if (!output) throw new Error('/v1/infer answered without output');
  const stream = await ask('/v1/infer/stream');
  if (!stream.includes('event: done')) throw new Error(`/v1/infer/stream did not end well: ${stream}`);
  process.stdout.write(`The service answers: ${output}\n`);
})();
