import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { KubernetesObject } from './kubernetes-objects.ts';

/** A Kubernetes API that can be read: enough for the `lookup` of templates. */
export class FakeCluster implements AsyncDisposable {
  private readonly server: Server;
  /** The paths that were read. */
  readonly reads: string[];

  private constructor(server: Server, reads: string[]) {
    this.server = server;
    this.reads = reads;
  }

  /**
   * @param objects what it has
   * @param kinds an object of each kind that it knows
   * @param kubeconfig the file to write, through which it is reached
   */
  static async start(objects: KubernetesObject[], kinds: KubernetesObject[], kubeconfig: string): Promise<FakeCluster> {
    const reads: string[] = [];
    const server = createServer((request, response) => {
      reads.push(request.url!);
      const answer = respond(request.url!.split('?')[0]!, objects, kinds);
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
        ),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      users: [{ name: 'fake', user: {} }],
      clusters: [{ name: 'fake', cluster: { server: url } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    return new FakeCluster(server, reads);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function respond(path: string, objects: KubernetesObject[], kinds: KubernetesObject[]): object | undefined {
  const [, , groupVersion = '', , namespace, resource, name] =
    /^\/(api|apis)\/((?:[^/]+\/)?v\d)(\/namespaces\/([^/]+)\/([^/]+)\/([^/]+))?$/.exec(path) ?? [];
  if (path === '/version') return { major: '1', minor: '35', gitVersion: 'v1.35.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') {
    const versions = new Set(kinds.map(({ apiVersion }) => apiVersion).filter((version) => version !== 'v1'));
    const groups = Array.from(versions, (known) => {
      const [group, version] = known.split('/');
      const preferredVersion = { groupVersion: known, version };
      return { name: group, versions: [preferredVersion], preferredVersion };
    });
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }
  const ofGroup = (object: KubernetesObject): boolean => object.apiVersion === groupVersion;
  if (namespace !== undefined) {
    return objects
      .filter(ofGroup)
      .find(
        ({ kind, metadata }) => plural(kind) === resource && metadata.name === name && metadata.namespace === namespace,
      );
  }
  const resources = [...new Set(kinds.filter(ofGroup).map(({ kind }) => kind))].map((kind) => {
    return { kind, name: plural(kind), namespaced: true, verbs: ['get', 'list'] };
  });
  return resources.length > 0 ? { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources } : undefined;
}

function plural(kind: string): string {
  return `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');
}
