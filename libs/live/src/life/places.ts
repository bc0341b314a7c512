import { PRIORITIES } from '../protocol/request.schema.js';
import type { RequestLife } from './request-life.js';

/**
 * The places of the requests that wait for one model, from 1 on. A higher class comes first; within a class callers take turns, the one that has waited for
 * longest first.
 * @param waiting in the order of their arrival
 */
export function placesOf(waiting: Iterable<RequestLife>): Map<RequestLife, number> {
  const classes = Map.groupBy(waiting, ({ works }) => works[0].request.priority);
  const places = new Map<RequestLife, number>();
  for (const priority of PRIORITIES) {
    const callers = [...Map.groupBy(classes.get(priority) ?? [], ({ works }) => works[0].request.caller).values()];
    for (let turn = 0; callers.length > 0; turn++) {
      for (let i = 0; i < callers.length; i++) {
        const life = callers[i].at(turn);
        if (life) places.set(life, places.size + 1);
        else callers.splice(i--, 1);
      }
    }
  }
  return places;
}
