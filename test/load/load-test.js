// A server for it: RATE_LIMIT_RPM=1000000 npm start. All users share one token.
// k6 run test/load/load-test.js [-e URL=http://localhost:8080 -e TOKEN=changeme]
import { check, sleep } from 'k6';
import http from 'k6/http';

const URL = __ENV.URL || 'http://localhost:8080';
const TOKEN = __ENV.TOKEN || 'changeme';
const PARAMS = { headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' } };

export const options = {
  scenarios: {
    infer: {
      executor: 'ramping-vus',
      exec: 'infer',
      stages: [
        { duration: '2m', target: 50 },
        { duration: '5m', target: 50 },
        { duration: '2m', target: 100 },
        { duration: '5m', target: 100 },
        { duration: '2m', target: 0 },
      ],
    },
    stream: { executor: 'constant-vus', exec: 'stream', vus: 5, duration: '16m' },
  },
  thresholds: {
    'http_req_duration{scenario:infer}': ['p(95)<300', 'p(99)<500'],
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

const body = (tokens) => JSON.stringify({ prompt: 'Once upon a time', params: { max_new_tokens: tokens } });

export function infer() {
  const response = http.post(`${URL}/v1/infer`, body(8), PARAMS);
  check(response, { 'has an output': (answer) => answer.status === 200 && answer.json('output').length > 0 });
  sleep(1);
}

export function stream() {
  const response = http.post(`${URL}/v1/infer/stream`, body(32), PARAMS);
  check(response, { 'ends with done': (answer) => answer.status === 200 && answer.body.includes('event: done') });
  sleep(1);
}
