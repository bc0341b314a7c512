import { Bar } from '../life-bar/bar.js';
import { lifeOf, tokensPerSecond } from '../life-bar/life.js';
import { shortId } from '../life-bar/life-sentence.js';
import type { LiveRequest } from '../live/live-events.js';
import { serverNow } from '../live/live-store.js';
import { count, duration } from '../format/numbers.js';
import { hrefOf } from '../shell/router.js';
import { useTicker } from '../shell/ticker.js';
import type { Answer } from '../answer/answer.js';
import { AnswerText } from '../answer/answer-text.js';
import type { Turn } from './chat.js';
import { ErrorCard } from './error-card.js';

/** A message, and its answer with the life bar. */
export function TurnView({ turn, onWrite }: { turn: Turn; onWrite: () => void }) {
  const { answer } = turn;
  const state = answer.state.value;
  return (
    <>
      <article class="turn">
        <h2 class="speaker">{turn.mode === 'completion' ? 'Prompt' : 'You'}</h2>
        <div class="text">{turn.prompt}</div>
      </article>
      <article class={`turn turn-${state}`} aria-busy={answer.isRunning}>
        <h2 class="speaker">{answer.model}</h2>
        <AnswerText answer={answer} onWrite={onWrite} />
        {state === 'failed' && <ErrorCard error={answer.error.value!} />}
        <AnswerLife answer={answer} />
      </article>
    </>
  );
}

function AnswerLife({ answer }: { answer: Answer }) {
  useTicker(250, answer.isRunning);
  const { value: record } = answer.record;
  const isMeasuredHere = record === null;
  const request = record ?? measuredHere(answer);
  if (answer.state.value === 'failed' && answer.firstAt === null && isMeasuredHere) return null;
  const now = isMeasuredHere ? Date.now() : serverNow();
  return (
    <div class="answer-life">
      <Bar request={request} now={now} />
      <Facts answer={answer} request={request} now={now} isMeasuredHere={isMeasuredHere} />
    </div>
  );
}

interface FactsProps {
  answer: Answer;
  request: LiveRequest;
  now: number;
  isMeasuredHere: boolean;
}

function Facts({ answer, request, now, isMeasuredHere }: FactsProps) {
  const life = lifeOf(request, now);
  const lasts = (phase: string): number =>
    life.parts.filter((part) => part.phase === phase).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const rate = tokensPerSecond(request, life);
  const usage = answer.usage.value;
  const prompt = request.prompt_tokens ?? usage?.prompt_tokens;
  return (
    <ul class="facts" data-source={isMeasuredHere ? 'browser' : 'server'}>
      {lasts('checks') > life.durationMs / 100 && !life.shared && (
        <li>
          checks <b>{duration(lasts('checks'))}</b>
        </li>
      )}
      {!life.shared && (
        <li>
          {isMeasuredHere ? 'wait' : 'queue'} <b>{duration(lasts('queue'))}</b>
        </li>
      )}
      {!isMeasuredHere && life.parts.some(({ phase }) => phase === 'prompt') && (
        <li>
          prompt <b>{count(prompt)} tok</b> in <b>{duration(lasts('prompt'))}</b>
          {request.cached_tokens ? `, ${count(request.cached_tokens)} from cache` : ''}
        </li>
      )}
      {life.shared && (
        <li>{life.shared === 'hit' ? 'whole answer from the cache' : 'shared with a request before it'}</li>
      )}
      {request.generated > 0 && (
        <li>
          <b>{count(request.generated)} tok</b>
          {lasts('tokens') > 0 && (
            <>
              {' in '}
              <b>{duration(lasts('tokens'))}</b>
            </>
          )}
        </li>
      )}
      {rate !== null && (
        <li>
          <b>{Math.round(rate)}</b> tok/s
        </li>
      )}
      {lasts('preempted') > 0 && (
        <li>
          preempted <b>{duration(lasts('preempted'))}</b>
        </li>
      )}
      {isMeasuredHere ? (
        <li class="faint">measured in the browser</li>
      ) : (
        <li>
          <a href={hrefOf('requests', request.id)}>request {shortId(request.id)}</a>
        </li>
      )}
    </ul>
  );
}

/** A record of what the browser saw, where the server tells nothing of the request. */
function measuredHere(answer: Answer): LiveRequest {
  const { sentAt, firstAt, endedAt, usage, tokens } = answer;
  const generated = usage.value?.completion_tokens ?? tokens.length;
  const status = answer.state.value === 'stopped' ? 499 : 200;
  const reason = answer.finishReason;
  return {
    id: answer.requestId.value ?? '',
    model: answer.model,
    op: 'chat',
    priority: null,
    at: sentAt,
    seg:
      firstAt === null
        ? [['queue', 0]]
        : [
            ['queue', 0],
            ['tokens', firstAt - sentAt],
          ],
    samples: [],
    prompt_tokens: usage.value?.prompt_tokens ?? null,
    prefilled: null,
    cached_tokens: null,
    generated,
    max_tokens: null,
    cache: null,
    end:
      endedAt === null
        ? null
        : { ms: endedAt - sentAt, status, reason, ...(answer.state.value === 'failed' && { error: 'error' }) },
  };
}
