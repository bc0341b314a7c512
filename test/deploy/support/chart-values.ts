/** Values that the chart is tested with, by use: together they turn each option on. */
export const VALUES: Record<string, object> = {
  'the defaults': {},
  'one replica on its own': {
    replicaCount: 1,
    autoscaling: { enabled: false },
    redis: { enabled: false },
    jobsRedis: { enabled: false },
    persistence: { data: { enabled: true, storageClassName: 'fast' } },
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    serviceAccount: { create: false },
    config: {
      BATCH_MAX_SIZE: 8,
      BODY_LIMIT_BYTES: 67_108_864,
      ENABLE_TRACING: false,
      WEBHOOK_ALLOWED_HOSTS: 'a.example',
    },
    nameOverride: 'stories',
  },
  'the Prometheus operator, Grafana and KEDA': {
    autoscaling: { enabled: false },
    keda: { enabled: true },
    canary: { enabled: true, image: { digest: `sha256:${'0'.repeat(64)}` } },
    metrics: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true },
    },
    tracing: { otlpEndpoint: 'http://otel-collector:4318' },
    networkPolicy: {
      egress: {
        dns: [{ ipBlock: { cidr: '169.254.20.10/32' } }],
        to: [
          {
            ports: [{ port: 4318, protocol: 'TCP' }],
            to: [{ podSelector: { matchLabels: { app: 'otel-collector' } } }],
          },
        ],
      },
    },
  },
  'GPUs, and models on a volume': {
    gpu: { enabled: true, count: 2, runtimeClassName: 'nvidia' },
    resources: { requests: { cpu: '2', memory: '8Gi' }, limits: { cpu: '4', memory: '16Gi' } },
    persistence: { models: { enabled: true }, graphs: { enabled: true } },
    models: {
      models: [{ name: 'smollm2', path: '/models/SmolLM2', precision: 'fp32', provider: 'cuda', fallback: 'cpu' }],
    },
    nodeSelector: { accelerator: 'nvidia' },
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    extraInitContainers: [
      {
        name: 'download',
        image: 'curlimages/curl:8.17.0',
        command: ['sh', '-c', 'true'],
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
        volumeMounts: [{ name: 'models', mountPath: '/models' }],
      },
    ],
  },
  'a GGUF file that each pod downloads': {
    persistence: {
      models: {
        downloads: [
          {
            url: 'https://models.example/qwen3-0.6b-q8_0.gguf?download=true',
            sha256: 'ab'.repeat(32),
            path: 'qwen3/q8_0.gguf',
          },
        ],
      },
    },
    models: { models: [{ name: 'qwen3', path: '/models/qwen3/q8_0.gguf', context_length: 8192 }] },
    config: { KV_CACHE_TOKENS: 16_384, GRAPH_CACHE_MAX_BYTES: 5_368_709_120 },
    resources: { requests: { cpu: '2', memory: '2Gi' }, limits: { cpu: '4', memory: '3Gi' } },
  },
  'an ingress, a gateway, and Redis of their own': {
    redis: { url: 'rediss://cache.example:6379' },
    jobsRedis: { url: 'rediss://jobs.example:6379/1' },
    ingress: {
      enabled: true,
      className: 'nginx',
      annotations: { 'nginx.ingress.kubernetes.io/proxy-read-timeout': '300' },
      hosts: [{ host: 'inference.example.com', paths: ['/v1', '/docs'] }],
      tls: [{ secretName: 'inference-tls', hosts: ['inference.example.com'] }],
    },
    httpRoute: {
      enabled: true,
      parentRefs: [{ name: 'gateway', namespace: 'infra' }],
      hostnames: ['inference.example.com'],
    },
    networkPolicy: {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
      egress: {
        to: [{ ports: [{ port: 6379, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '10.0.7.0/24' } }] }],
      },
    },
    service: { type: 'LoadBalancer', port: 8080, annotations: { 'example.com/internal': 'true' } },
  },
  'secrets of their own, and extras everywhere': {
    secret: { existingSecret: 'inference-secrets' },
    redis: { urlFromSecret: true },
    jobsRedis: { urlFromSecret: true },
    networkPolicy: { egress: { enabled: false } },
    apiKeys: { name: 'inference-keys', key: 'keys.yaml' },
    image: { repository: 'registry.example/inference', tag: '1.2.3', pullSecrets: [{ name: 'registry' }] },
    fullnameOverride: 'inference',
    priorityClassName: 'high',
    podAnnotations: { 'example.com/team': 'search', 'prometheus.io/path': '/other' },
    podLabels: { team: 'search' },
    serviceAccount: { name: 'inference', annotations: { 'example.com/role': 'inference' } },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] }],
        },
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { team: 'search' } },
      },
    ],
    extraEnv: [{ name: 'TZ', value: 'UTC' }],
    extraEnvFrom: [{ secretRef: { name: 'more' } }],
    extraVolumes: [{ name: 'certificates', secret: { secretName: 'certificates' } }],
    extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
    extraContainers: [
      {
        name: 'proxy',
        image: 'envoyproxy/envoy:v1.36.0',
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
        startupProbe: { tcpSocket: { port: 8443 } },
        livenessProbe: { tcpSocket: { port: 8443 } },
        readinessProbe: { tcpSocket: { port: 8443 } },
      },
    ],
    extraObjects: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-extra' }, data: { key: 'value' } },
    ],
  },
};

/** Values that are refused, and what the message must name. */
export const REFUSED: [why: string, values: object, message: RegExp][] = [
  [
    'a grace period that ends during the drain',
    { drain: { timeoutMs: 60_000 } },
    /terminationGracePeriodSeconds: 70 s/,
  ],
  ['a drain that begins before probes fail', { drain: { delayMs: 1000 } }, /drain\.delayMs: 1000 ms/],
  [
    'a download that cannot be checked',
    { persistence: { models: { downloads: [{ url: 'https://models.example/a.gguf', path: 'a.gguf' }] } } },
    /sha256/,
  ],
  [
    'a download to another folder',
    {
      persistence: {
        models: { downloads: [{ url: 'https://models.example/a', sha256: 'ab'.repeat(32), path: '../cache/a' }] },
      },
    },
    /path/,
  ],
  ['two autoscalers', { keda: { enabled: true } }, /autoscaling\.enabled and keda\.enabled/],
  ['one file of jobs for many replicas', { persistence: { data: { enabled: true } } }, /persistence\.data/],
  ['a route without a gateway', { httpRoute: { enabled: true } }, /httpRoute\.parentRefs/],
  ['a URL from a Secret that is not named', { redis: { urlFromSecret: true } }, /redis\.urlFromSecret/],
  ['more data than Redis has memory for', { jobsRedis: { maxMemory: '1gb' } }, /jobsRedis\.maxMemory: 1gb.* 1365 Mi/],
  [
    'an autoscaler without a target',
    { autoscaling: { targetCPUUtilizationPercentage: 0, targetMemoryUtilizationPercentage: 0 } },
    /autoscaling: name a target/,
  ],
  ['a misspelt value', { replicas: 2 }, /'replicas' not allowed/],
  ['a misspelt variable', { config: { RATE_LIMIT_PRM: 5 } }, /'RATE_LIMIT_PRM' not allowed/],
  ['a secret among the variables', { config: { TRUTHGPT_API_TOKEN: 'x' } }, /'TRUTHGPT_API_TOKEN' not allowed/],
  ['the default token', { secret: { apiToken: 'changeme' } }, /apiToken/],
  [
    'a Redis that the server may not reach',
    { redis: { url: 'redis://cache:6379' }, tracing: { otlpEndpoint: 'http://otel:4318' } },
    /networkPolicy\.egress\.to: .* redis\.url, tracing\.otlpEndpoint names/,
  ],
  ['a size without a unit', { jobsRedis: { storage: '5' } }, /storage/],
  ['a URL that is not one of Redis', { redis: { url: 'http://redis' } }, /redis\/url/],
];
