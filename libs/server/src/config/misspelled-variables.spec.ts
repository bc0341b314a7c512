import { describe, expect, it } from 'vitest';
import { misspelledVariables } from './misspelled-variables.js';
import { VARIABLES } from './variables.js';

const foundIn = (...names: string[]): [string, string][] =>
  misspelledVariables(Object.fromEntries(names.map((name) => [name, 'x']))).map(({ found, meant }) => [found, meant]);

describe(misspelledVariables, () => {
  it.each([
    ['REDIS_URI', 'REDIS_URL'],
    ['REDISURL', 'REDIS_URL'],
    ['redis_url', 'REDIS_URL'],
    ['TRUTHGPT_TOKEN', 'TRUTHGPT_API_TOKEN'],
    ['API_TOKEN', 'TRUTHGPT_API_TOKEN'],
    ['RATE_LIMIT_RPS', 'RATE_LIMIT_RPM'],
    ['RATE_LIMIT', 'RATE_LIMIT_RPM'],
    ['RATELIMIT_RPM', 'RATE_LIMIT_RPM'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['OTEL_ENDPOINT', 'OTLP_ENDPOINT'],
    ['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT_MS'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['PROT', 'PORT'],
    ['HOSTS', 'HOST'],
  ])('suggests for %s the name %s', (found, meant) => expect(foundIn(found)).toEqual([[found, meant]]));

  it('has nothing against the names of the server itself', () => {
    expect(foundIn(...Object.keys(VARIABLES))).toEqual([]);
  });

  it('has nothing against what others set', () => {
    const others =
      'PATH HOME HOSTNAME HOSTTYPE NODE_ENV NODE_OPTIONS PWD OLDPWD SHELL SHLVL TERM USER LANG LC_ALL TZ EDITOR MAIL LOGNAME _ ' +
      'TMPDIR XDG_DATA_DIRS XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR SSH_CLIENT CI DEBUG VERSION POD_NAME POD_IP ' +
      'npm_config_port npm_package_version INIT_CWD KUBERNETES_SERVICE_HOST KUBERNETES_PORT REDIS_PORT REDIS_HOST REDIS_PASSWORD ' +
      'REDIS_PORT_6379_TCP REDIS_PORT_6379_TCP_ADDR REDIS_SERVICE_HOST REDIS_SERVICE_PORT X_PORT X_PORT_8080_TCP ' +
      'X_PORT_8080_TCP_PROTO INFERENCE_SERVICE_PORT_HTTP OTEL_SERVICE_NAME OTEL_EXPORTER_OTLP_ENDPOINT HTTP_PROXY HTTPS_PROXY ' +
      'NO_PROXY OMP_NUM_THREADS MALLOC_ARENA_MAX MALLOC_MMAP_THRESHOLD_ LD_LIBRARY_PATH CUDA_VERSION NVIDIA_VISIBLE_DEVICES ' +
      'DATABASE_URL AWS_REGION APP_PORT SERVER_HOST HF_HOME FORCE_COLOR COLORTERM DOCKER_HOST MAX_JOBS VITEST PS1 LS_COLORS';
    expect(foundIn(...others.split(' '))).toEqual([]);
  });
});
