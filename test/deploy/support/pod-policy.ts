import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { KubernetesObject } from './kubernetes-objects.ts';

/** The pod that an object makes, if it makes one. */
export function podOf({ kind, spec }: KubernetesObject): IPodSpec | undefined {
  if (kind === 'Pod') return spec as unknown as IPodSpec;
  return (spec?.template as { spec: IPodSpec } | undefined)?.spec;
}

/**
 * Violations of a cluster's policies by a pod: of the "restricted" Pod Security Standard
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), a read-only root file system, limits, and, where it
 * runs on, probes.
 */
export function policyViolations(object: KubernetesObject): string[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  const violations: string[] = [];
  const demand = (holds: boolean | undefined, what: string): void => {
    if (holds !== true) violations.push(`${object.kind} ${object.metadata.name}: ${what}`);
  };
  demand(pod.automountServiceAccountToken === false, 'mounts the token of its service account');
  demand(pod.securityContext?.runAsNonRoot, 'may run as root');
  demand((pod.securityContext?.runAsUser ?? 0) > 0, 'has no user');
  demand(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile');
  demand(!(pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true), 'shares a namespace of the host');
  demand(
    (pod.volumes ?? []).every((volume) => !('hostPath' in volume)),
    'mounts a path of the host',
  );
  const initial = (pod.initContainers ?? []) as IContainer[];
  for (const container of [...initial, ...(pod.containers as IContainer[])]) {
    const { securityContext, resources } = container;
    const of = (what: string): string => `${container.name} ${what}`;
    demand(securityContext?.readOnlyRootFilesystem, of('may write to its root file system'));
    demand(securityContext?.allowPrivilegeEscalation === false, of('may gain privileges'));
    demand(securityContext?.capabilities?.drop?.includes('ALL'), of('keeps capabilities'));
    for (const kind of ['requests', 'limits'] as const) {
      const amounts = resources?.[kind] as Record<string, unknown> | undefined;
      demand(amounts?.cpu !== undefined && amounts.memory !== undefined, of(`has no ${kind} of CPU and memory`));
    }
    demand(/:(?!latest$)[^:/]+$/.test(container.image ?? ''), of('has no exact tag or digest'));
    if (initial.includes(container) || pod.restartPolicy === 'Never') continue;
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      demand(container[probe] !== undefined, of(`has no ${probe}`));
    }
  }
  return violations;
}
