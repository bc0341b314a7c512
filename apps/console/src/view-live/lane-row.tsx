import { factsOf, partText, sentenceOf, shortId } from '../life-bar/life-sentence.js';
import { lifeOf } from '../life-bar/life.js';
import type { LiveRequest } from '../live/live-events.js';
import { hrefOf } from '../shell/router.js';

interface LaneRowProps {
  request: LiveRequest;
  now: number;
  /** The moment at a pixel of the track, on the server's clock. */
  timeAt: (x: number) => number;
  onOpen: () => void;
}

/** The texts of a lane; its bar is drawn behind the middle cell. */
export function LaneRow({ request, now, timeAt, onOpen }: LaneRowProps) {
  const life = lifeOf(request, now);
  const name = (event: MouseEvent & { currentTarget: HTMLElement }): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    event.currentTarget.title = partText(request, life, timeAt(x) - request.at) ?? '';
  };
  return (
    <tr data-request={request.id} onClick={onOpen}>
      <th scope="row" class="lane-name">
        <a href={hrefOf('requests', request.id)} onClick={(event) => event.stopPropagation()}>
          <code>{shortId(request.id)}</code> {[request.model, request.op].filter(Boolean).join(' · ')}
        </a>
      </th>
      <td class="lane-life" onMouseMove={name}>
        <span class="lane-image" role="img" aria-label={sentenceOf(request, life)} />
      </td>
      <td class={`lane-facts ${life.end === 'error' || life.end === 'refused' ? 'is-bad' : ''}`}>
        {factsOf(request, life).map(({ text, bold }, i) => (bold ? <b key={i}>{text}</b> : text))}
      </td>
    </tr>
  );
}
