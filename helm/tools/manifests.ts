import { resolve } from 'node:path';
import { CHART, helm } from './helm.ts';

export const MANIFESTS = resolve(import.meta.dirname, '../manifests/deployment.yaml');

const HEAD = `# Everything that the server needs in a namespace "inference", for those who do without Helm. Rendered from the chart by
# \`npm run k8s:render\`: change helm/frontier-inference, not this file. First make the namespace and its secrets:
#
#   kubectl create namespace inference
#   kubectl create secret generic frontier-inference -n inference \\
#     --from-literal=TRUTHGPT_API_TOKEN=$(openssl rand -hex 20) \\
#     --from-literal=WEBHOOK_HMAC_SECRET=whsec_$(openssl rand -base64 32) \\
#     --from-literal=REDIS_PASSWORD=$(openssl rand -hex 20)
#   kubectl apply -f helm/manifests/deployment.yaml
`;

/** The chart with its defaults as plain manifests; what only Helm reads is left out. */
export async function renderManifests(): Promise<string> {
  const args = ['template', 'frontier-inference', CHART, '--namespace', 'inference', '--skip-tests'];
  const rendered = await helm([...args, '--set', 'secret.existingSecret=frontier-inference']);
  const lines = rendered.split('\n').filter((line) => !/^# Source:|helm\.sh\/chart:|managed-by: Helm/.test(line));
  return HEAD + lines.join('\n');
}
